import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simlab.config.settings")

app = Celery("simlab")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "requeue silent runs": {"task": "simlab.analyses.tasks.requeue_silent_runs", "schedule": 20.0},
}
