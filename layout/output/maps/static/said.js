// Sentences from their numbers and fields, by the catalogue that came with them.
function composed(catalogue, value, language) {
  if (!Array.isArray(value)) return String(value);
  const texts = value.slice(1).map((part) => composed(catalogue, part, language));
  if (value[0] === null) return texts.join(catalogue.comma[language]);
  const names = catalogue.fields[value[0]];
  return catalogue.sentences[language][value[0]].replace(/\{(\w+)\}/g,
    (all, name) => (names.includes(name) ? texts[names.indexOf(name)] : all));
}
