from django.apps import AppConfig


class AnalysesConfig(AppConfig):
    name = "simlab.analyses"
    label = "analyses"
    default_auto_field = "django.db.models.BigAutoField"
