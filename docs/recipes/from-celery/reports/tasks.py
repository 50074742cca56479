from asgiref.sync import async_to_sync
from celery import shared_task
from channels.layers import get_channel_layer


@shared_task
def make_report(user_id, year):
    file = f"report-{year}.csv"  # here the slow work would be done
    event = {"type": "report.ready", "year": year, "file": file}
    async_to_sync(get_channel_layer().group_send)(f"user_{user_id}", event)
