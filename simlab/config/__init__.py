from simlab.config.celery import app as celery_app

__all__ = ["celery_app"]  # tasks bind to this app in the web processes too, not to Celery's default one
