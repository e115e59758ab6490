def page_of(result, plan, figures):
    return {}
