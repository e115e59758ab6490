from django.apps import AppConfig


class SittingsConfig(AppConfig):
    name = "simlab.sittings"
    default_auto_field = "django.db.models.BigAutoField"
