"""The audit log, with the triggers that let the database refuse any change of it."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts import audit_triggers


def protect(apps, schema_editor):
    apps.get_model("accounts", "AuditHead").objects.using(schema_editor.connection.alias).create()
    audit_triggers.protect(schema_editor.connection)


def unprotect(apps, schema_editor):
    audit_triggers.unprotect(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_change_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('count', models.PositiveBigIntegerField(default=0)),
                ('hash', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='audit_head_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('number', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('action', models.CharField(max_length=40)),
                ('thing', models.CharField(blank=True, max_length=100)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('noted_at', models.DateTimeField()),
                ('hash', models.CharField(max_length=64, validators=[django.core.validators.RegexValidator('^[0-9a-f]{64}$')])),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_entries', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'ordering': ['-number'],
                'indexes': [models.Index(fields=['actor', 'noted_at'], name='audit_entry_by_actor'), models.Index(fields=['subject', 'number'], name='audit_entry_by_subject'), models.Index(fields=['noted_at'], name='audit_entry_by_instant')],
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='audit_entry_counts_from_one')],
            },
        ),
        migrations.RunPython(protect, unprotect),
    ]
