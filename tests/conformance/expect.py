"""What tests expect of refusals."""

import contextlib

import pytest
from botocore.exceptions import ClientError

UNKNOWN_KEY = "01234567-89ab-4cde-8f01-23456789abcd"


@contextlib.contextmanager
def refused(code, message=None):
    """The boto3 call inside must be refused with exactly this error and, when one is given, exactly this message."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    if message is not None:
        assert error["Message"] == message


def code_of(call, **parameters):
    """The error code that a boto3 call ends with; None for success."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def violation(path, requirement, value=""):
    """AWS's message for one violated constraint. `value` is `null`, a text in quotes, or empty where none is echoed."""
    shown = f"Value {value}" if value else "Value"
    return f"1 validation error detected: {shown} at '{path}' failed to satisfy constraint: {requirement}"


def other_region(server):
    return "eu-central-1" if server.region != "eu-central-1" else "us-east-1"
