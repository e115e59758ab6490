import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simlab.config.settings")

app = Celery("simlab")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "requeue silent runs": {"task": "simlab.analyses.tasks.requeue_silent_runs", "schedule": 20.0},
    "send due mail": {"task": "simlab.sittings.tasks.send_due_mail", "schedule": 30.0},
    "tell what was finished": {"task": "simlab.exchange.tasks.tell_finished", "schedule": 60.0},
}
