"""Doors to the actions: an id in, one call, safe to repeat."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from simlab.analyses import actions


@shared_task
def run_analysis(run_id: str) -> None:
    actions.execute(run_id=UUID(run_id), clock=timezone.now)


@shared_task(ignore_result=True, expires=30)
def requeue_silent_runs() -> None:
    actions.requeue_silent_runs(now=timezone.now())
