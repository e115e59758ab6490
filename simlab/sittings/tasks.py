"""Doors to the actions, safe to repeat: two at the same time send nothing twice."""

from celery import shared_task

from simlab.sittings import maildelivery


@shared_task(ignore_result=True, expires=30)
def send_due_mail() -> None:
    maildelivery.deliver_all()
