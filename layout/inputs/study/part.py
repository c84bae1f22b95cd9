def part_of(study, code):
    return study
