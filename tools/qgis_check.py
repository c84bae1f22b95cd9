"""Open a GeoPackage in QGIS as a person would: styles, names of columns, and a picture of it.

Runs under the Python that QGIS brings, with nothing of this package::

    apt-get install --no-install-recommends python3-qgis qgis-providers
    QT_QPA_PLATFORM=offscreen /usr/bin/python3 tools/qgis_check.py plan.gpkg picture.png

It prints one JSON object: for each layer its renderer, the words of its legend that are ticked,
the names of its columns for readers, and how many rows there are.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

# What lies on top comes first.
ORDER = ("sites", "schools", "settlements_moved", "flows", "counties", "belt", "catchments")


def opened(path: str, name: str) -> QgsVectorLayer:
    """One layer with the style that the file holds for it."""
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    if not layer.isValid():
        raise SystemExit(f"{name} cannot be opened")
    return layer


def about(layer: QgsVectorLayer) -> dict[str, object]:
    """What QGIS shows of a layer without anybody's doing."""
    rules = (
        layer.renderer().rootRule().children() if layer.renderer().type() == "RuleRenderer" else []
    )
    return {
        "renderer": layer.renderer().type(),
        "shown": [rule.label() for rule in rules if rule.active()],
        "hidden": [rule.label() for rule in rules if not rule.active()],
        "symbols": [rule.symbol().color().name() for rule in rules],
        "aliases": {
            field.name(): layer.attributeAlias(at) for at, field in enumerate(layer.fields())
        },
        "labels": layer.labelsEnabled(),
        "rows": layer.featureCount(),
        "crs": layer.crs().authid(),
    }


def draw(layers: list[QgsVectorLayer], picture: str) -> None:
    """Draw the layers as QGIS does, all of them within the counties."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setOutputSize(QSize(1600, 1200))
    settings.setBackgroundColor(QColor("white"))
    settings.setDestinationCrs(layers[0].crs())
    extent = layers[0].extent()
    for layer in layers:
        if layer.featureCount():
            extent.combineExtentWith(layer.extent())
    extent.scale(1.05)
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(picture)


def main(path: str, picture: str) -> None:
    """Open, tell, draw."""
    program = QgsApplication([], False)
    program.initQgis()
    whole = QgsVectorLayer(path, "all", "ogr")
    there = {part.split("!!::!!")[1] for part in whole.dataProvider().subLayers()}
    names = [name for name in ORDER if name in there] + sorted(there - {*ORDER, "layer_styles"})
    layers = [opened(path, name) for name in names]
    sys.stdout.write(
        json.dumps({layer.name(): about(layer) for layer in layers}, ensure_ascii=False)
    )
    draw(layers, picture)
    # Layers go before the program that they belong to.
    del whole, layers
    program.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:])
