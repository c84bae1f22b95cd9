// Sentences from their numbers and fields, by the catalogue that came with them.
function composed(catalogue, value, language) {
  if (!Array.isArray(value)) return String(value);
  const texts = value.slice(1).map((part) => composed(catalogue, part, language));
  if (value[0] === null) return texts.join(catalogue.comma[language]);
  const names = catalogue.fields[value[0]];
  return catalogue.sentences[language][value[0]].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g,
    (all, name, one, many) => {
      if (!names.includes(name)) return all;
      const text = texts[names.indexOf(name)];
      // English words for one and for many, as in `layout.core.text`.
      return many === undefined ? text : `${text} ${text === "1" ? one : many}`;
    });
}
