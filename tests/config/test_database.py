import pytest
from django.db import connection


@pytest.mark.django_db
def test_database_is_postgresql_in_utf8_with_one_order_of_sorting_everywhere():
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_encoding'), 'ä' > 'z'")
        assert cursor.fetchone() == ("UTF8", True)
