"""WRK005: a workflow or a job that nothing ends, repeats or clears away."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Evidence, Severity
from compat.model.words import listed
from compat.model.workloads import Workload
from compat.rules.workload_base import READ_ON, WorkloadRule, WorkloadSubject

_ARGO = Evidence(
    claim="a workflow can be bounded by `activeDeadlineSeconds`, repeated by `retryStrategy` and cleared away by `ttlStrategy`",
    source="https://argo-workflows.readthedocs.io/en/latest/cost-optimisation/",
    read_on=READ_ON,
)
_JOB = Evidence(
    claim="a finished Job stays until `ttlSecondsAfterFinished`, and one that hangs runs until `activeDeadlineSeconds`",
    source="https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup",
    read_on=READ_ON,
)
#: The bounds of each kind. CronJob and CronWorkflow clear away by themselves: their `successfulJobsHistoryLimit` is 3.
_WANTED = {
    "Workflow": ("retryStrategy", "activeDeadlineSeconds", "ttlStrategy"),
    "WorkflowTemplate": ("retryStrategy", "activeDeadlineSeconds", "ttlStrategy"),
    "ClusterWorkflowTemplate": ("retryStrategy", "activeDeadlineSeconds", "ttlStrategy"),
    "CronWorkflow": ("retryStrategy", "activeDeadlineSeconds"),
    "Job": ("activeDeadlineSeconds", "ttlSecondsAfterFinished"),
    "CronJob": ("activeDeadlineSeconds",),
}
_EFFECTS = {
    "retryStrategy": "a node that is lost fails the whole run",
    "activeDeadlineSeconds": "a step that hangs runs on",
    "ttlStrategy": "what has finished stays",
    "ttlSecondsAfterFinished": "what has finished stays",
}


class TimeLeftOpen(WorkloadRule):
    """A workflow or a job says nothing of how long it may run, or of what comes after a failure.

    What it finds:
        An Argo workflow without ``retryStrategy`` (in any template), ``activeDeadlineSeconds`` or ``ttlStrategy``; a
        Kubernetes Job without ``activeDeadlineSeconds`` or ``ttlSecondsAfterFinished``. What runs by a schedule
        (CronWorkflow, CronJob) clears its runs away by itself. One info for each, which names what is missing. Not templates without an entrypoint:
        who calls them says it.

    Why it matters:
        A download that hangs holds its GPU until somebody looks, and pods of finished runs fill the cluster.

    Example:
        kind: Workflow
        spec:
          entrypoint: train

    Use instead:
        kind: Workflow
        spec:
          entrypoint: train
          activeDeadlineSeconds: 86400
          ttlStrategy: {secondsAfterCompletion: 604800}
          templateDefaults:
            retryStrategy: {limit: 2, retryPolicy: OnError}

    Source:
        https://argo-workflows.readthedocs.io/en/latest/fields/#workflowspec
        https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
    """

    code, name = "WRK005", "time-left-open"

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """At most one finding a document."""
        for workload in subject.file.workloads:
            missing = [key for key in _WANTED.get(workload.kind, ()) if key not in workload.bounds]
            if missing and workload.runs and workload.containers:
                yield self._tell(workload, missing)

    def _tell(self, workload: Workload, missing: list[str]) -> Diagnostic:
        name = f"{workload.kind} `{workload.name}`" if workload.name else f"this {workload.kind}"
        return self.found(
            Severity.INFO,
            f"{name} has no {listed([f'`{key}`' for key in missing])}: {', '.join(_EFFECTS[key] for key in missing)}",
            workload.place,
            packages=(),
            evidence=[_JOB if workload.kind.endswith("Job") else _ARGO],
        )
