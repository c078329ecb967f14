"""How IAM decides: which statements of a policy document apply, and to what effect. What it does not know is an error."""

import datetime
import json
import re


def listed(value):
    return value if isinstance(value, list) else [value]


def like(pattern, value, flags=0):
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), value, flags | re.DOTALL) is not None


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


OPERATORS = {
    "StringEquals": lambda want, have: want == have,
    "StringLike": like,
    "ArnLike": like,
    "ArnEquals": like,
    "Bool": lambda want, have: want.lower() == have.lower(),
    "DateLessThan": lambda want, have: instant(have) < instant(want),
    "DateGreaterThan": lambda want, have: instant(have) > instant(want),
}


def holds(conditions, context):
    for operator, keys in conditions.items():
        name = operator.removesuffix("IfExists")
        negated = name.startswith("StringNot")
        test = OPERATORS[name.replace("StringNot", "String")]
        for key, wanted in keys.items():
            have = context.get(key.lower())
            if have is None:
                if not negated and not operator.endswith("IfExists"):
                    return False
                continue
            if any(test(str(w), have) for w in listed(wanted)) == negated:
                return False
    return True


def applies(statement, action, resource, context):
    if "NotAction" in statement:
        if any(like(p, action, re.I) for p in listed(statement["NotAction"])):
            return False
    elif not any(like(p, action, re.I) for p in listed(statement["Action"])):
        return False
    if "NotResource" in statement:
        if any(like(p, resource) for p in listed(statement["NotResource"])):
            return False
    elif "Resource" in statement and not any(like(p, resource) for p in listed(statement["Resource"])):
        return False
    return holds(statement.get("Condition", {}), context)


def effects(documents, action, resource, context, who=None, kind="AWS"):
    """The effects of all statements that apply: an empty set, {"Allow"}, {"Deny"} or both."""
    found = set()
    for document in documents:
        for statement in listed(json.loads(document)["Statement"]):
            if who is not None and not (set(listed(statement.get("Principal", {}).get(kind, []))) & who):
                continue
            if applies(statement, action, resource, context):
                found.add(statement["Effect"])
    return found
