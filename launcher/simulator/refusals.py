"""The platform's error bodies, by its own codes.

Source: `platform-api.md`, section 1.6; where the documents do not tell the HTTP status, the
inferred one.
"""

from dataclasses import dataclass

_MORE = "https://docs.cavatica.org/docs/api-status-codes#"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The platform's word that it did not do what was asked."""

    status: int
    code: int
    message: str

    def body(self) -> dict[str, object]:
        """Return the JSON members in the platform's order."""
        return {
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "more_info": f"{_MORE}{self.code}",
        }


MAINTENANCE = Refusal(503, 0, "The platform is under maintenance.")
RATE_LIMIT_EXCEEDED = Refusal(429, 1000, "Rate limit exceeded, look at the rate limit headers.")
UNKNOWN_USER = Refusal(404, 2002, "Requested user does not exist.")
TASK_SERVICE_UNAVAILABLE = Refusal(503, 7000, "Task service is currently unavailable.")
NO_PRIVILEGE = Refusal(403, 7001, "Insufficient privileges on the requested task.")
NO_SUCH_TASK = Refusal(404, 7002, "Requested task does not exist.")
NO_UUID = Refusal(400, 7005, "Task id is not a valid UUID.")
BAD_STATUS_FILTER = Refusal(
    400,
    7006,
    "Invalid status, use QUEUED, DRAFT, RUNNING, COMPLETED, ABORTED, ABORTING or FAILED.",
)
NEEDS_DRAFT = Refusal(400, 7007, "Action can be performed only on tasks in status DRAFT.")
NEEDS_RUNNING = Refusal(400, 7008, "Action can be performed only on tasks in status RUNNING.")
NOT_ABORTABLE = Refusal(
    400, 7011, "Invalid task action, allowed only on tasks in status CREATING, RUNNING or QUEUED."
)
BAD_ACTION = Refusal(400, 7013, "Invalid task action.")
NEEDS_BATCH = Refusal(400, 7022, "Batching can be disabled only for batch tasks.")
INVALID_INPUTS = Refusal(400, 7024, "Task cannot be started because of validation errors.")
BAD_REQUEST = Refusal(400, 90000, "Bad request.")
UNAUTHORISED = Refusal(401, 90001, "Unauthorized.")
NOT_FOUND = Refusal(404, 90003, "Requested resource does not exist.")
UNEXPECTED_ERROR = Refusal(500, 90004, "An unexpected error has occurred.")
METHOD_NOT_ALLOWED = Refusal(405, 90006, "Method not allowed.")
CONFLICT = Refusal(409, 90007, "Conflict.")
WRONG_MEDIA_TYPE = Refusal(415, 90008, "Unsupported media type.")
UNREADABLE = Refusal(400, 90009, "Request content could not be decoded.")
