# What the walk finds in both databases: everybody who walks, what he may change, and enough rows for three pages.
import json
from datetime import datetime, timedelta, timezone

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from posts.models import Post
from reference.hashers import QuickPBKDF2PasswordHasher
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

PASSWORD = "ComplexPassword123!"
HASH = QuickPBKDF2PasswordHasher().encode(PASSWORD, "0123456789abcdefghijkl")
START = datetime(2025, 3, 4, 5, 6, 7, 891011, timezone.utc)
# Django's form cuts off the parts of a second, and another need not
SECOND = START.replace(microsecond=0)
MODELS = ["user", "group", "post", "outstandingtoken", "blacklistedtoken"]


def user(name, rights=(), **columns):
    columns = {"is_staff": True, "date_joined": SECOND + timedelta(hours=User.objects.count()), **columns}
    made = User.objects.create(username=name, password=HASH, email=f"{name}@example.com", **columns)
    made.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return made


root = user("root", is_superuser=True)
for model in MODELS:
    for right in ["view", "add", "change", "delete"]:
        user(f"can_{right}_{model}", [f"{right}_{model}"])
user("none")
user("outsider", is_staff=False)
user("inactive", is_superuser=True, is_active=False)
user("add_and_change", ["add_user", "change_user"])
user("delete_some", ["view_user", "delete_user", "view_group", "delete_group", "view_outstandingtoken"])
user("delete_all", [f"{right}_{model}" for right in ["view", "delete"] for model in MODELS])
writers = Group.objects.create(name="Writers")
writers.permissions.set(Permission.objects.filter(content_type__model="post"))
user("by_group").groups.add(writers)
user("lost_group", is_active=False).groups.add(writers)

# as no form would make them
odd = user("o'Brien<b>&amp;", first_name='"Zoë" <i>', last_name="% _ \\ O'Neil", is_staff=False)
odd.groups.add(Group.objects.create(name='<script>alert("g")</script>'))
users = [odd]
held = {}
for number in range(70):
    name = f"target{number:02}"
    made = user(
        name,
        is_staff=number % 3 == 0,
        is_superuser=number % 10 == 9,
        is_active=number % 4 != 3,
        # the capitals of ſ and ı are letters of ASCII
        first_name="ſaıd" if number == 68 else ["Ada", "Grace Brewster", "", "Émile"][number % 4],
        last_name=["Lovelace", "Hopper", "Borel"][number % 3],
        last_login=SECOND + timedelta(days=number) if number % 2 else None,
    )
    group = Group.objects.create(name=f"Group {number:02}")
    group.permissions.set(Permission.objects.all()[number % 20 : number % 20 + number % 3])
    made.groups.set([group, writers][: number % 3])
    users.append(made)
    for at, kind in enumerate(["live", "black"]):
        refresh = RefreshToken.for_user(made)
        token = OutstandingToken.objects.get(jti=refresh["jti"])
        token.jti = f"{number:016x}{at:016x}"
        refresh["jti"] = token.jti
        token.token = held[f"{kind}/{name}"] = str(refresh)
        token.created_at = START + timedelta(days=300 - number, minutes=at)
        token.expires_at = START + timedelta(days=3000 + number * number)
        token.save()
        if kind == "black":
            BlacklistedToken.objects.create(token=token)
BlacklistedToken.objects.update(blacklisted_at=START + timedelta(days=400))
OutstandingToken.objects.create(jti="0" * 31 + "f", token="of nobody", expires_at=START + timedelta(days=4000))
for number in range(215):
    Post.objects.create(title=f"Post {number:03}", content=f"Line 1\r\nLine 2 of {number}", author=root if 30 <= number < 70 else users[number * 7 % 71])
Post.objects.create(title='<i>“quoted” & \'single\'</i>', content="<b>&lt;\r\n\r\n</b>", author=odd)
Post.objects.create(title="Of root's own", content="x", author=User.objects.get(username="root"))
for at, post in enumerate(Post.objects.order_by("id")):
    moment = START + timedelta(days=at % 50, seconds=at)
    Post.objects.filter(pk=post.pk).update(created_at=moment, updated_at=moment)
entries = [
    (1, '[{"added": {}}]', "target00"),
    (2, '[{"changed": {"fields": ["Email address", "Staff status", "Groups"]}}]', "target00"),
    (2, "[]", "target00"),
    (2, "Not JSON <b>", "target00"),
    (3, "", "gone <i>"),
]
for at, (flag, message, text) in enumerate(entries):
    LogEntry.objects.create(
        user=User.objects.get(username="root"),
        content_type=ContentType.objects.get(model="user"),
        object_id=str(User.objects.get(username="target00").pk) if text == "target00" else "999",
        object_repr=text,
        action_flag=flag,
        change_message=message,
        action_time=START + timedelta(days=500, minutes=at),
    )
ids = {f"user/{row.username}": row.pk for row in User.objects.all()}
ids |= {f"group/{row.name}": row.pk for row in Group.objects.all()}
ids |= {f"post/{row.title}": row.pk for row in Post.objects.all()}
ids |= {f"right/{row.codename}": row.pk for row in Permission.objects.all()}
for row in OutstandingToken.objects.select_related("user").exclude(user=None):
    kind = "black" if BlacklistedToken.objects.filter(token=row).exists() else "live"
    ids[f"{kind}/{row.user.username}"] = row.pk
for row in BlacklistedToken.objects.select_related("token__user"):
    ids[f"blacklisted/{row.token.user.username}"] = row.pk
print(json.dumps({"ids": ids, "tokens": held}))
