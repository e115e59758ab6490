"""Doors to the actions: an id in, one call, safe to repeat."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from simlab.analyses import actions, actions_power


@shared_task
def run_analysis(run_id: str) -> None:
    actions.execute(run_id=UUID(run_id), clock=timezone.now)


@shared_task(ignore_result=True, expires=30)
def requeue_silent_runs() -> None:
    actions.requeue_silent_runs(now=timezone.now())
    actions_power.requeue_silent_power(now=timezone.now())


@shared_task
def work_on_power(power_id: str) -> None:
    """One batch, then a place at the end of the queue: reports and other studies are not kept waiting."""
    if actions_power.work(power_id=UUID(power_id), clock=timezone.now):
        work_on_power.delay(power_id)
