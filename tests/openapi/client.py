"""A client that openapi-python-client has made of the document: registers, logs in, refreshes, and manages a post."""

import sys
from http import HTTPStatus

from gatepost_client import AuthenticatedClient, Client
from gatepost_client.api.posts import change_post, create_post, delete_post, get_post, list_posts, replace_post
from gatepost_client.api.token import log_out, obtain_tokens, refresh_tokens, verify_token
from gatepost_client.api.users import get_profile, register
from gatepost_client.models import (
    LoginRequest,
    LogOutRequest,
    PatchedPostRequest,
    Post,
    PostRequest,
    RefreshRequest,
    RegistrationRequest,
    VerifyRequest,
)


def must(answer, status):
    if answer.status_code != status:
        sys.exit(f"{answer.status_code} in place of {status}: {answer.content!r}")
    return answer.parsed


base = sys.argv[1]
anybody = Client(base)
password = "ComplexPassword123!"
person = RegistrationRequest(
    username="python", password=password, password2=password, email="py@example.com", first_name="Py", last_name="Thon"
)
must(register.sync_detailed(client=anybody, body=person), HTTPStatus.CREATED)
wrong = LoginRequest(username="python", password="wrong")
must(obtain_tokens.sync_detailed(client=anybody, body=wrong), HTTPStatus.UNAUTHORIZED)
pair = must(obtain_tokens.sync_detailed(client=anybody, body=LoginRequest(username="python", password=password)), 200)
fresh = refresh_tokens.sync_detailed(client=anybody, body=RefreshRequest(pair.refresh), idempotency_key="a-key")
fresh = must(fresh, 200)
must(verify_token.sync_detailed(client=anybody, body=VerifyRequest(fresh.access)), 200)

somebody = AuthenticatedClient(base, token=fresh.access)
assert must(get_profile.sync_detailed(client=somebody), 200).username == "python"
made = must(create_post.sync_detailed(client=somebody, body=PostRequest(title="Types", content="that fit")), 201)
assert isinstance(made, Post) and made.created_at.tzinfo is not None
must(change_post.sync_detailed(made.id, client=somebody, body=PatchedPostRequest(title="Types again")), 200)
assert must(get_post.sync_detailed(made.id, client=somebody), 200).title == "Types again"
assert any(post.id == made.id for post in must(list_posts.sync_detailed(client=somebody), 200))
must(replace_post.sync_detailed(made.id, client=somebody, body=PostRequest(title="Types", content="still")), 200)
must(delete_post.sync_detailed(made.id, client=somebody), HTTPStatus.NO_CONTENT)
must(get_post.sync_detailed(made.id, client=somebody), HTTPStatus.NOT_FOUND)
must(log_out.sync_detailed(client=anybody, body=LogOutRequest(fresh.refresh)), 200)
