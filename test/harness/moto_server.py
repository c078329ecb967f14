"""moto on loopback, deciding like AWS does.

moto (https://github.com/getmoto/moto, Apache-2.0) checks signatures and has IAM, STS and S3. It ignores session
policies, conditions and the end of a session. This replaces its decision, on its own classes, by one that does not,
and is strict where AWS is: trust policies, web identity tokens, session tags, source identity, durations, policy sizes.

Prints one JSON line with its port, ends when its standard input closes, and answers on /_test/ what tests need:
an account's first administrator, and how far the vendor's clock runs ahead.
"""

import datetime
import json
import logging
import os
import re
import sys
import threading

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

import flask  # noqa: E402
from moto import settings  # noqa: E402
from moto.core.authorization import ActionAuthenticatorMixin  # noqa: E402
from moto.core.exceptions import InvalidClientTokenIdError  # noqa: E402
from moto.core.responses import ActionResult  # noqa: E402
from moto.iam import access_control, responses as iam_responses  # noqa: E402
from moto.iam.exceptions import LimitExceededException, NotFoundException  # noqa: E402
from moto.iam.models import IAMBackend, iam_backends  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from moto.s3.exceptions import S3ClientError  # noqa: E402
from moto.s3.models import s3_backends  # noqa: E402
from moto.sts import models as sts_models, responses as sts_responses  # noqa: E402
from moto.sts.exceptions import STSClientError, STSValidationError  # noqa: E402
from moto_policies import applies, effects, listed  # noqa: E402
from moto_web_identity import verified_claims  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

ahead_seconds = 0.0


def now():
    """Naive UTC, as moto's own."""
    utc = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    return utc + datetime.timedelta(seconds=ahead_seconds)


# --- the decision ---------------------------------------------------------------------------------------------------


def documents_of(key):
    for policy in key.collect_policies():
        if isinstance(policy, str):
            yield policy
        elif isinstance(policy, dict):
            yield policy["policy_document"]
        else:
            yield next(v.document for v in policy.versions if v.is_default)


def is_session(key):
    return isinstance(key, access_control.AssumedRoleAccessKey)


def single(data, name):
    value = data.get(name)
    return value[0] if isinstance(value, list) else value


def indexed(data, name):
    """`Tags.member.N.Key` and `.Value` as a dictionary."""
    count, out = 1, {}
    while (key := single(data, f"{name}.member.{count}.Key")) is not None:
        out[key] = single(data, f"{name}.member.{count}.Value")
        count += 1
    return out


def context_of(request, resource):
    key, data = request._access_key, request._data
    context = {"aws:currenttime": now().isoformat() + "Z"}
    if is_session(key):
        session = key.session
        context["aws:userid"] = session.user_id
        context["aws:principalarn"] = session.role_arn
        context["aws:tokenissuetime"] = session.issued.isoformat() + "Z"
        if session.source_identity:
            context["aws:sourceidentity"] = session.source_identity
        for name, value in session.tags.items():
            context[f"aws:principaltag/{name.lower()}"] = value
    else:
        context["aws:userid"] = key.backend.get_user(key._owner_user_name).id
        context["aws:username"] = key._owner_user_name
        context["aws:principalarn"] = key.arn
    if request._service == "s3":
        context["s3:prefix"] = single(data, "prefix") or ""
        owner = s3_backends.bucket_accounts.get(resource.split(":::")[1].split("/")[0])
        if owner:
            context["aws:resourceaccount"] = owner[1]
    elif resource.startswith("arn:"):
        context["aws:resourceaccount"] = resource.split(":")[4]
    for parameter, name in (
        ("ExternalId", "sts:externalid"),
        ("RoleSessionName", "sts:rolesessionname"),
        ("SourceIdentity", "sts:sourceidentity"),
    ):
        if single(data, parameter) is not None:
            context[name] = single(data, parameter)
    for name, value in indexed(data, "Tags").items():
        context[f"aws:requesttag/{name.lower()}"] = value
    return context


def check_action_permitted(request, resource):
    if request._action == "sts:GetCallerIdentity":
        return
    key = request._access_key
    context = context_of(request, resource)
    if request._action == "sts:AssumeRole":
        return check_assume_role(request, resource, context)
    identity = effects(documents_of(key), request._action, resource, context)
    session = effects(session_policy(key), request._action, resource, context)
    if "Deny" in identity | session or "Allow" not in identity:
        request._raise_access_denied()
    if session_policy(key) and "Allow" not in session:
        request._raise_access_denied()


def session_policy(key):
    return [key.session.policy] if is_session(key) and key.session.policy else []


def check_assume_role(request, role_arn, context):
    key, data = request._access_key, request._data
    account = role_arn.split(":")[4]
    try:
        role = iam_backends[account]["aws"].get_role_by_arn(role_arn)
    except NotFoundException:
        request._raise_access_denied()
    context["aws:resourceaccount"] = account
    own_account = f"arn:aws:iam::{key.account_id}:root"
    me = {key.arn, "*"} | ({key.session.role_arn} if is_session(key) else set())
    actions = ["sts:AssumeRole"]
    if indexed(data, "Tags"):
        actions.append("sts:TagSession")
    if single(data, "SourceIdentity") is not None:
        actions.append("sts:SetSourceIdentity")
    trust = [role.assume_role_policy_document]
    for action in actions:
        identity = effects(documents_of(key), action, role_arn, context)
        session = effects(session_policy(key), action, role_arn, context)
        direct = effects(trust, action, role_arn, context, me)
        trusted = direct | effects(trust, action, role_arn, context, {own_account, key.account_id})
        if "Deny" in identity | session | trusted or "Allow" not in trusted:
            request._raise_access_denied()
        if session_policy(key) and "Allow" not in session:
            request._raise_access_denied()
        # In its own account a trust policy that names the caller is enough; from elsewhere both sides must allow.
        if "Allow" not in identity and not ("Allow" in direct and account == key.account_id):
            request._raise_access_denied()


# --- sessions -------------------------------------------------------------------------------------------------------


class ExpiredToken(InvalidClientTokenIdError):
    code = 400

    def __init__(self):
        super(InvalidClientTokenIdError, self).__init__("ExpiredToken", "The provided token has expired.")


def refusing_key(error, original):
    def raise_invalid_access_key(self, reason):
        if reason == "Expired":
            raise error()
        original(self, reason)

    return raise_invalid_access_key


def session_key_init(self, account_id, partition, access_key_id, headers):
    original_session_init(self, account_id, partition, access_key_id, headers)
    self.session = next(
        s
        for s in sts_models.sts_backends[account_id][partition].assumed_roles
        if s.access_key_id == access_key_id
    )
    if now() >= self.session.expiration:
        raise access_control.CreateAccessKeyFailure(reason="Expired")


def user_key_init(self, account_id, partition, access_key_id, headers):
    original_user_init(self, account_id, partition, access_key_id, headers)
    key = self.backend.access_keys.get(access_key_id)
    if key is None or key.status != "Active":
        raise access_control.CreateAccessKeyFailure(reason="InvalidId")


def assume_role(self):
    chained = self.get_access_key().startswith("ASIA")
    data = self.querystring
    return begin_session(self, indexed(data, "Tags"), single(data, "SourceIdentity"), chained)


def assume_role_with_web_identity(self):
    data = self.querystring
    role_arn = single(data, "RoleArn")
    try:
        iam = iam_backends[role_arn.split(":")[4]]["aws"]
        role = iam.get_role_by_arn(role_arn)
    except NotFoundException:
        raise STSClientError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity") from None
    claims, provider = verified_claims(single(data, "WebIdentityToken"), iam.open_id_providers.values(), now())
    tags = {k: v[0] for k, v in claims.get("https://aws.amazon.com/tags", {}).get("principal_tags", {}).items()}
    source = claims.get("https://aws.amazon.com/source_identity")
    context = {
        f"{provider.url}:aud".lower(): claims["aud"],
        f"{provider.url}:sub".lower(): claims["sub"],
        "sts:rolesessionname": single(data, "RoleSessionName"),
        **{f"aws:requesttag/{k.lower()}": v for k, v in tags.items()},
        **({"sts:sourceidentity": source} if source else {}),
    }
    actions = ["sts:AssumeRoleWithWebIdentity"]
    actions += ["sts:TagSession"] if tags else []
    actions += ["sts:SetSourceIdentity"] if source else []
    trust = [role.assume_role_policy_document]
    for action in actions:
        if effects(trust, action, role_arn, context, {provider.arn}, "Federated") != {"Allow"}:
            raise STSClientError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    return begin_session(self, tags, source, False)


def begin_session(self, tags, source, chained):
    data = self.querystring
    role_arn, name = single(data, "RoleArn"), single(data, "RoleSessionName") or ""
    policy, duration = single(data, "Policy"), int(single(data, "DurationSeconds") or 3600)
    role = iam_backends[role_arn.split(":")[4]]["aws"].get_role_by_arn(role_arn)
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", name):
        raise STSValidationError("roleSessionName")
    if source is not None and not re.fullmatch(r"[\w+=,.@-]{2,64}", source):
        raise STSValidationError("sourceIdentity")
    if not 900 <= duration <= (3600 if chained else int(role.max_session_duration or 3600)):
        raise STSValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    if policy is not None:
        if len(policy) > 2048:
            raise STSValidationError("policy: at most 2048")
        try:
            for statement in listed(json.loads(policy)["Statement"]):
                applies(statement, "x:y", "arn:aws:x:::y", {})
        except (ValueError, KeyError):
            raise STSClientError("MalformedPolicyDocument", "Syntax errors in policy.") from None
    packed = (len(policy or "") + sum(len(k) + len(v) for k, v in tags.items())) * 100 // 2304
    if packed > 100:
        raise STSClientError("PackedPolicyTooLarge", f"Packed size of policy consumes {packed}% of allotted space")
    session = self.backend.assume_role(
        region_name=self.region,
        role_session_name=name,
        role_arn=role_arn,
        policy=policy,
        duration=duration,
        external_id=single(data, "ExternalId"),
    )
    session.issued = now()
    session.expiration = session.issued + datetime.timedelta(seconds=duration)
    session.tags, session.source_identity = tags, source
    return ActionResult(
        {
            "Credentials": session,
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
            "PackedPolicySize": packed,
            "SourceIdentity": source,
        }
    )


def refuse(self):
    """What moto would issue without any proof (SAML), or with fixed keys (federation)."""
    raise STSClientError("AccessDenied", "Not offered by this test server.")


def authenticate(self, iam_request_cls, resource="*"):
    """The one call that is not signed: its token is the proof."""
    if self.service_name == "sts" and self._get_action() == "AssumeRoleWithWebIdentity":
        return
    original_authenticate(self, iam_request_cls, resource)


# --- IAM ------------------------------------------------------------------------------------------------------------


def iam_resource(self):
    if single(self.data, "RoleName"):
        return self._resolve_resource_arn(single(self.data, "RoleName"))
    if single(self.data, "PolicyArn"):
        return single(self.data, "PolicyArn")
    name = single(self.data, "UserName")
    if name is None and re.search("User|AccessKey", self._get_action()):
        owner = self.backend.get_user_from_access_key_id(self.get_access_key())
        name = owner.name if owner else None
    if name is None:
        return "*"
    user = self.backend.users.get(name)
    return user.arn if user else f"arn:aws:iam::{self.current_account}:user/{name}"


def create_aws_request(self):
    # moto signs the URL as werkzeug decoded it, so that `delimiter=%2F` never matches.
    self._path = flask.request.environ["RAW_URI"]
    return original_create_aws_request(self)


def put_role_policy(self, role_name, policy_name, policy_json):
    role = self.get_role(role_name)
    others = sum(len(re.sub(r"\s", "", d)) for n, d in role.policies.items() if n != policy_name)
    if others + len(re.sub(r"\s", "", policy_json)) > 10240:
        raise LimitExceededException("Maximum policy size of 10240 bytes exceeded for role")
    original_put_role_policy(self, role_name, policy_name, policy_json)


original_authenticate = ActionAuthenticatorMixin._authenticate_and_authorize_action
ActionAuthenticatorMixin._authenticate_and_authorize_action = authenticate
original_create_aws_request = access_control.IAMRequestBase._create_aws_request
original_session_init = access_control.AssumedRoleAccessKey.__init__
original_user_init = access_control.IAMUserAccessKey.__init__
original_put_role_policy = IAMBackend.put_role_policy
access_control.AssumedRoleAccessKey.__init__ = session_key_init
access_control.IAMUserAccessKey.__init__ = user_key_init
for request, error in (
    (access_control.IAMRequest, ExpiredToken),
    (access_control.S3IAMRequest, lambda: S3ClientError("ExpiredToken", "The provided token has expired.")),
):
    request._raise_invalid_access_key = refusing_key(error, request._raise_invalid_access_key)
access_control.IAMRequestBase._create_aws_request = create_aws_request
access_control.IAMRequestBase.check_action_permitted = check_action_permitted
sts_models.utcnow = now
sts_responses.TokenResponse.assume_role = assume_role
sts_responses.TokenResponse.assume_role_with_web_identity = assume_role_with_web_identity
for untrusted in (
    "assume_role_with_saml",
    "get_session_token",
    "get_federation_token",
):
    setattr(sts_responses.TokenResponse, untrusted, refuse)
iam_responses.IamResponse._determine_resource = iam_resource
IAMBackend.put_role_policy = put_role_policy
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0


# --- the server -----------------------------------------------------------------------------------------------------


def administrator(account):
    """A user who may do everything in an account, for the test that sets the account up."""
    backend = iam_backends[account]["aws"]
    if "test-admin" not in backend.users:
        backend.create_user("us-east-1", "test-admin")
        allow_all = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        backend.put_user_policy("test-admin", "all", json.dumps(allow_all))
    key = backend.create_access_key("test-admin") if not backend.users["test-admin"].access_keys else (
        backend.users["test-admin"].access_keys[0]
    )
    return {"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}


def application(environ, start_response):
    global ahead_seconds
    path = environ["PATH_INFO"]
    if not path.startswith("/_test/"):
        return aws(environ, start_response)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    answer = {}
    if path == "/_test/clock":
        ahead_seconds = float(json.loads(body)["aheadSeconds"])
    elif match := re.fullmatch(r"/_test/accounts/(\d{12})", path):
        answer = administrator(match.group(1))
    else:
        start_response("404 Not Found", [])
        return [b""]
    start_response("200 OK", [("content-type", "application/json")])
    return [json.dumps(answer).encode()]


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


logging.getLogger("werkzeug").setLevel(logging.ERROR)
aws = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
threading.Thread(target=end_with_parent, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
