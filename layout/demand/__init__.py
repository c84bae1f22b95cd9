"""Children by year and place, the groups they form, who goes where and who could get where."""
