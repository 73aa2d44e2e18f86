"""Notices by people without an account, and who may read them."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from reports import roles


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0013_entries_are_where_their_import_is'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('queue', models.CharField(choices=[('standard', 'Standard'), ('child_safety', 'Child safety'), ('age_doubt', 'Age doubt')], max_length=16)),
                ('rule', models.CharField(choices=[('nudity', 'nudity'), ('minor', 'minor'), ('grooming', 'grooming'), ('sexual_pressure', 'sexual_pressure'), ('blackmail', 'blackmail'), ('threat', 'threat'), ('self_harm', 'self_harm'), ('hate', 'hate'), ('harassment', 'harassment'), ('violence', 'violence'), ('spam', 'spam'), ('recording', 'recording'), ('other', 'other')], max_length=32)),
                ('explanation', models.TextField(max_length=4000)),
                ('locator', models.CharField(max_length=200)),
                ('conversation', models.UUIDField(blank=True, db_index=True, null=True)),
                ('sides', models.JSONField(blank=True, default=list)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('receipt', models.CharField(max_length=32, unique=True)),
                ('received_at', models.DateTimeField()),
                ('outcome', models.CharField(blank=True, choices=[('no_breach', 'No rule was broken'), ('not_found', 'Not found any more')], max_length=12)),
                ('reason', models.TextField(blank=True, max_length=2000)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='reports.report')),
            ],
            options={
                'ordering': ('received_at',),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', True), ('outcome', ''), ('report__isnull', True)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='notice_decided_by_a_person'), models.CheckConstraint(condition=models.Q(('report__isnull', True), ('outcome', ''), _connector='OR'), name='notice_ends_with_its_report')],
            },
        ),
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
    ]
