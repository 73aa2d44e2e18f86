"""What measures are counted by: a finding's leading label, instants, and the right to see them."""

from django.conf import settings
from django.db import migrations, models

from reports import roles

LABEL_EARLIER = """
UPDATE reports_machinefinding AS finding SET label = coalesce((
    SELECT seen ->> 'label' FROM jsonb_array_elements(finding.snapshot -> 'scores') AS seen
    WHERE seen ->> 'label' <> 'age' ORDER BY (seen ->> 'value')::float DESC LIMIT 1
), '')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0017_measures_about_reporters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="decision",
            options={
                "default_permissions": ("view",),
                "ordering": ("at",),
                "permissions": (
                    ("see_measures", "Can see measures of what may be counted"),
                    ("see_people_measures", "Can see measures by person"),
                ),
            },
        ),
        migrations.AddField(
            model_name="machinefinding",
            name="label",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.RunSQL(LABEL_EARLIER, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["kind", "at"], name="decision_kind_at"),
        ),
        migrations.AddIndex(
            model_name="machinefinding",
            index=models.Index(fields=["at"], name="finding_at"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["opened_at"], name="report_opened_at"),
        ),
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
    ]
