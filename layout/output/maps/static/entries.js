// What can be found by its name, and where it lies.
function fillEntries() {
  const found = [];
  const add = (kind, table, index, extra) => found.push({
    item: { kind, index }, text: folded(table.name[index] + "\n" + table.id[index] + "\n" + extra),
  });
  for (const index of counties.id.keys()) add("county", counties, index, "");
  for (const index of townships.id.keys()) {
    add("township", townships, index, townships.seat[index] + " " + countyName(townships.county[index]));
  }
  for (const index of schools.id.keys()) {
    add("school", schools, index,
      townshipName(townshipOfSchool(index)) + " " + countyName(schools.county[index]));
  }
  // A school that grows is found as the school: its card tells of the expansion.
  const known = new Set(schools.id);
  for (const index of rowsOf(sites).filter((row) => !known.has(sites.id[row]))) {
    add("site", sites, index, countyName(sites.county[index]));
  }
  for (const index of settlements.id.keys()) {
    add("settlement", settlements, index,
      townshipName(townshipOfSettlement[index]) + " " + countyName(settlements.county[index]));
  }
  entries = found;
}

// Where something lies: its county, and its township where that is known.
function placeWords(item) {
  if (item.kind === "county") return "";
  const township = item.kind === "school" ? townshipOfSchool(item.index)
    : item.kind === "settlement" ? townshipOfSettlement[item.index] : null;
  const county = KINDS[item.kind].county(item.index);
  return [countyName(county), townshipName(township)].filter(Boolean).join(" · ");
}
