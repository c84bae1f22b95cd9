"""Problems of files: tables, layers and archives."""

from __future__ import annotations

from layout.core.problems.form import Form, doubt, error, note, warning

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "binary-column": note(
        "The column holds bytes or lists and no text; it was left out.",
        "Nothing to do unless it should be read; then save it as text.",
    ),
    "crossings": error(
        "The outline crosses itself so often (over {count} times) that nobody can say what it "
        "encloses.",
        "Draw the outline again.",
    ),
    "crs-missing:layer": error(
        "The layer declares no coordinate reference system.",
        "Save it again with its system declared, as EPSG:4326 or EPSG:4490.",
    ),
    "crs-missing:undefined": error(
        "The layer says that its coordinate reference system is undefined.",
        "Save it again with its system declared, as EPSG:4326 or EPSG:4490.",
    ),
    "crs-names-file": error(
        "The coordinate reference system names a file of shifts, which is not opened.",
        "Use a system that has a number, as EPSG:4326 or EPSG:4490.",
    ),
    "crs-not-earth": error(
        "The coordinate reference system is none of places on the earth.",
        "Save the layer again with its true system declared, as EPSG:4326 or EPSG:4490.",
    ),
    "crs-unknown:layer": error(
        "The layer names its coordinate reference system in a way that is not known here, or by "
        "an address, which is not followed.",
        "Save it again with its system declared, as EPSG:4326 or EPSG:4490; a datum as GCJ-02 is "
        "declared under [datum] in the study file, and the layer as EPSG:4326.",
    ),
    "crs-unreadable": error(
        "The coordinate reference system of the layer cannot be read.",
        "Save the layer again with its system declared, for example EPSG:4326.",
    ),
    "crs-wrong": error(
        "The coordinates cannot be of the declared system, {crs}.",
        "Find out whether they are degrees or metres, which zone, and whether the axes are "
        "swapped; declare the true system.",
    ),
    "csv": error(
        "The file cannot be split into rows and columns: {error}.",
        "Save it again as CSV with commas, quotation marks doubled within cells.",
    ),
    "dissolved": note(
        "{count} features have this code and the same name; they were put together.",
        "Nothing to do if they are parts of one county.",
    ),
    "duplicate-column:renamed": warning(
        "Two columns have the same name but for letter case; one was renamed.",
        "Rename or delete one of them.",
    ),
    "empty-layer": error(
        "The layer holds no geometries.",
        "Check which layer of the file is meant.",
    ),
    "encoding": error(
        "The text is neither UTF-8 nor GB18030.",
        "Save the file again as “CSV UTF-8”.",
    ),
    "encoding:big5": error(
        "The text seems to be Big5.",
        "Name it as BIG5 under [encodings], or save the file again as “CSV UTF-8”.",
    ),
    "encoding-declared": error(
        "The text is UTF-8, but {encoding} is declared.",
        "Correct the declaration to UTF-8.",
    ),
    "encoding:declared": error(
        "The text is not in this encoding: {names}.",
        "Save the file again as “CSV UTF-8”.",
    ),
    "file-content:layer": error(
        "The content of the file is not what its name says.",
        "Save the layer again as GeoPackage.",
    ),
    "file-content:markup": error(
        "The content of the file is not what its name says.",
        "Open it in a spreadsheet program and save it as .xlsx.",
    ),
    "file-content:table": error(
        "The content of the file is not what its name says.",
        "Save the table again as CSV, or give the file its true ending.",
    ),
    "geometry-kind": error(
        "The feature is of another kind than {kinds}.",
        "Draw the feature again or delete it.",
    ),
    "geometry-kind:choices": error(
        "No feature of the layer is of the kind {kinds}.",
        "Name the right layer after a bar: {choices}.",
    ),
    "geometry-kind:layer": error(
        "No feature of the layer is of the kind {kinds}.",
        "Check which file is meant.",
    ),
    "hidden-cells:columns": warning(
        "{count:column of the sheet is hidden and was|columns of the sheet are hidden and "
        "were} read like all others.",
        "Show all columns in a spreadsheet program and delete what should not be read.",
    ),
    "hidden-cells:rows": warning(
        "{count:row of the sheet is hidden, as by a filter, and was|rows of the sheet are "
        "hidden, as by a filter, and were} read like all others.",
        "Show all rows in a spreadsheet program and delete what should not be read.",
    ),
    "hidden-sheets": note(
        "The workbook has hidden sheets that were not read.",
        "Name the sheet that is meant after a bar, as “file.xlsx|sheet”.",
    ),
    "hidden-sheets:read": warning(
        "The sheet that was read is hidden.",
        "Check that it is the one that is meant; show it in a spreadsheet program.",
    ),
    "inflates": error(
        "The file would inflate to {megabytes} MB.",
        "Keep only the table that is needed, and save it as CSV.",
    ),
    "inflates:roads": error(
        "The file would inflate to {megabytes} MB, far beyond what any map does.",
        "Download or export it again, cut to the study area.",
    ),
    "layer-view": error(
        "“{layer}” is a query (view) or computed and not a table; no query of a file is run.",
        "Save what it shows as a layer of its own, as GeoPackage.",
    ),
    "missing-layer": error(
        "The file has no layer “{layer}”.",
        "Use one of: {choices}.",
    ),
    "missing-sheet": error(
        "The workbook has no sheet “{name}”.",
        "Use one of: {choices}.",
    ),
    "no-geometry": error(
        "The feature has no usable geometry.",
        "Draw the feature again or delete it.",
    ),
    "not-a-workbook": error(
        "This is not a workbook, whatever its name says.",
        "Open it in a spreadsheet program and save it as .xlsx; a text file is named .csv.",
    ),
    "not-a-workbook:markup": error(
        "This is a web page (HTML) or XML under the name of a workbook.",
        "Open it in a spreadsheet program and save it as .xlsx.",
    ),
    "not-a-file": error(
        "This is a pipe, a device or a folder and no ordinary file.",
        "Save the data as a file in the study's folder.",
    ),
    "other-layers": doubt(
        "The layer “{layer}” was read; the file has others.",
        "Name the layer that is meant after a bar, as “file.gpkg|layer”.",
    ),
    "other-sheets": note(
        "Only the first visible sheet was read; the workbook has others.",
        "Name the sheet that is meant after a bar, as “file.xlsx|sheet”.",
    ),
    "outlines-as-points": warning(
        "{count:feature is an outline, a line or several points|features are outlines, lines "
        "or several points}; a point of each was taken.",
        "Nothing to do if that is near enough; else draw the points, as at the gates of schools.",
    ),
    "outside-folder:part": error(
        "A part of the input is a link that leads out of its folder.",
        "Put the part itself beside the input.",
    ),
    "password": error(
        "The file is protected by a password.",
        "Save it again without a password.",
    ),
    "reader-remark": warning(
        "The program library that reads the layer remarked on it.",
        "Check the layer; save it again as GeoPackage.",
    ),
    "repaired": warning(
        "The outline crosses itself; it was repaired, {km2} km².",
        "Compare it with the original and draw it again where it is wrong.",
    ),
    "shapefile-encoding": error(
        "The shapefile does not say how its Chinese text is encoded.",
        "Name it under [encodings] in the study file, as GBK or UTF-8, or add a .cpg file, or "
        "save the layer as GeoPackage.",
    ),
    "shapefile-names": error(
        "The name of a column is cut within a character: shapefiles keep ten bytes.",
        "Use names of at most three Chinese characters, or save it as GeoPackage.",
    ),
    "shapefile-part": error(
        "The shapefile lacks its part {suffix}.",
        "Copy all parts of the shapefile together, or save it as GeoPackage.",
    ),
    "too-large": error(
        "The table has {rows:row|rows} and {count:column|columns}.",
        "Keep only the table that is needed: Ctrl+End shows how far its sheet reaches; delete the "
        "rows below the table and the columns beside it, and save.",
    ),
    "too-large:file": error(
        "The file has {megabytes} MB.",
        "Keep only the table that is needed.",
    ),
    "too-large:memory": error(
        "Reading it needs more memory than {gigabytes} GB, or than there is.",
        "Keep only what is needed: rows, columns and features.",
    ),
    "unfinished": error(
        "Another program has begun a change of the file and not finished it ({name}).",
        "Open the file once in the program that wrote it, close it there, and try again.",
    ),
    "vector": error(
        "The layer cannot be read: {error}.",
        "Save it again as GeoPackage.",
    ),
    "workbook": error(
        "The workbook cannot be opened: {error}.",
        "Save it again as .xlsx, without a password.",
    ),
    "xml-doctype": error(
        "The file declares a document type (DOCTYPE), which is not accepted.",
        "Export the file again without DOCTYPE, or use the .osm.pbf format.",
    ),
    "xml-doctype:workbook": error(
        "A part of the workbook declares a document type (DOCTYPE), which is not accepted.",
        "Open it in a spreadsheet program and save it as .xlsx.",
    ),
    "xml-malformed": error(
        "The file is not well-formed XML.",
        "Download or export the file again.",
    ),
    "zip": error(
        "The archive cannot be opened: {error}.",
        "Pack the files again as .zip, or put them unpacked into the study's folder.",
    ),
    "zip-choice": error(
        "The archive does not hold the file that is wanted.",
        "Name one after a bar, as “file.zip|member”: {choices}.",
    ),
    "zip-choice:several": error(
        "The archive holds several files that could be meant.",
        "Name one after a bar, as “file.zip|member”: {choices}.",
    ),
    "zip-member:outside": error(
        "A member of the archive would land outside of it.",
        "Pack the files again, without folders above the archive.",
    ),
    "zip-member:twice": error(
        "The archive holds two members of the same name.",
        "Pack the files again.",
    ),
    "zip-nested": error(
        "The archive holds another archive.",
        "Unpack the inner archive and pack its files directly.",
    ),
}
