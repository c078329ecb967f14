"""Credentials for one task in one environment, for agents that hold no keys."""

from .approval import Approval
from .borrower import Borrower
from .broker import Broker
from .credential import AwsCredential, GithubCredential, KubernetesCredential, PostgresCredential
from .end_task import EndedLease
from .errors import (
    ApprovalDeniedError,
    ApprovalRequiredError,
    BrokerApiError,
    BrokerUnreachableError,
    CredbrokerError,
    DeniedError,
    Problem,
)
from .grant import DeniedAccess, Grant
from .kubernetes import KubernetesAccess
from .lease import Lease
from .lease_handle import LeaseHandle
from .lender import Lender
from .outer_run import OuterRun, RunAccess, outer_run
from .secret import Secret
from .task import Task
from .workload import Workload

__all__ = [
    "Approval",
    "ApprovalDeniedError",
    "ApprovalRequiredError",
    "AwsCredential",
    "Borrower",
    "Broker",
    "BrokerApiError",
    "BrokerUnreachableError",
    "CredbrokerError",
    "DeniedAccess",
    "DeniedError",
    "EndedLease",
    "GithubCredential",
    "Grant",
    "KubernetesAccess",
    "KubernetesCredential",
    "Lease",
    "LeaseHandle",
    "Lender",
    "OuterRun",
    "PostgresCredential",
    "Problem",
    "RunAccess",
    "Secret",
    "Task",
    "Workload",
    "outer_run",
]
