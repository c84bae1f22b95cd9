def costs_by_number(study, numbers):
    return {}
