"""django-salesforce: Django models written from what the org describes, then rows through Django's ORM."""

import importlib
import os
import sys

from checks import Checks, behind_proxy, count, equal, has, holds, raises, scratch, welcome

behind_proxy()
who = welcome()
to = Checks("django-salesforce")
check = to.check
project = scratch("project")
sys.path.insert(0, project)

import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    SECRET_KEY="conformance",
    INSTALLED_APPS=["salesforce", "crm"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "salesforce": {
            "ENGINE": "salesforce.backend",
            "HOST": "https://login.salesforce.com",
            "USER": who["username"],
            "PASSWORD": who["password"],
            "CONSUMER_KEY": who["client_id"],
            "CONSUMER_SECRET": who["client_secret"],
        },
    },
    DATABASE_ROUTERS=["salesforce.router.ModelRouter"],
    SALESFORCE_DB_ALIAS="salesforce",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
os.makedirs(os.path.join(project, "crm"), exist_ok=True)
for name in ["__init__.py", "models.py"]:
    open(os.path.join(project, "crm", name), "w", encoding="utf-8").close()
django.setup()


@check("signs in with a password, and verifies the signature of the answer")
def _():
    from django.db import connections

    with connections["salesforce"].cursor() as cursor:
        cursor.execute("SELECT Name FROM Organization")
        equal(len(cursor.fetchall()), 1)


@check("writes a model for every object that the org describes")
def _():
    with open(os.path.join(project, "crm", "models.py"), "w", encoding="utf-8") as file:
        call_command("inspectdb", "--database=salesforce", stdout=file)
    with open(os.path.join(project, "crm", "models.py"), encoding="utf-8") as file:
        text = file.read()
    for name in ["Account", "Contact", "Opportunity", "PricebookEntry"]:
        has(text, f"class {name}(models.Model):")
    has(text, "name = models.CharField(db_column='Name', max_length=255, verbose_name='Account Name')")


from crm import models  # noqa: E402
from django.db.models import Count, Q  # noqa: E402

# Django read the file when it was empty.
importlib.reload(models)


@check("saves, reads, changes and deletes a row")
def _():
    row = models.Account(name="Dj Ünö", industry="Energy")
    row.save()
    holds(len(row.pk) == 18, "an id came back")
    found = models.Account.objects.get(pk=row.pk)
    equal((found.name, found.industry, found.is_deleted, found.owner.username), ("Dj Ünö", "Energy", False, who["username"]))
    found.name = "Dj Due"
    found.save(update_fields=["name"])
    equal(models.Account.objects.get(pk=row.pk).name, "Dj Due")
    found.delete()
    raises(models.Account.DoesNotExist, lambda: models.Account.objects.get(pk=row.pk))


@check("filters by the parent's fields and selects them")
def _():
    parent = models.Account.objects.create(name="Dj Parent")
    for name in ["A", "B"]:
        models.Contact.objects.create(last_name=f"Dj {name}", account=parent)
    rows = models.Contact.objects.filter(Q(account__name="Dj Parent") & ~Q(last_name="Dj A")).select_related("account")
    equal([(row.last_name, row.account.name) for row in rows], [("Dj B", "Dj Parent")])
    groups = models.Contact.objects.filter(account__name="Dj Parent").order_by().values("account_id").annotate(number=Count("pk"))
    equal(list(groups), [{"account_id": parent.pk, "number": 2}])


@check("makes 2,200 rows in collections and pages through them")
def _():
    models.Lead.objects.bulk_create([models.Lead(last_name=f"Dj {n:05}", company="Dj") for n in range(2200)], batch_size=200)
    names = [row.last_name for row in models.Lead.objects.filter(company="Dj").order_by("last_name")]
    equal(names, [f"Dj {n:05}" for n in range(2200)])


@check("updates and deletes what a filter finds")
def _():
    some = models.Lead.objects.filter(company="Dj", last_name__startswith="Dj 000")
    equal(some.update(title="Changed"), 100)
    equal(count("SELECT COUNT() FROM Lead WHERE Title = 'Changed'"), 100)
    some.delete()
    equal(models.Lead.objects.filter(company="Dj").count(), 2100)


@check("raises its own error, with the code and the fields")
def _():
    from salesforce.dbapi.exceptions import SalesforceError

    error = raises(SalesforceError, lambda: models.Contact.objects.create(first_name="x", last_name=None))
    has(str(error), "REQUIRED_FIELD_MISSING")


to.end()
