"""The words in which the table describes a resource type: entries, the calls they make and the names they give.

Nothing here needs a network library, so that `synthesis` can be imported by unit tests alone.

Templates are strings with `{property}` places, filled from the inputs over the state, and from `{id}`, `{region}`,
`{account}`. A template that is one place only keeps its type; where there is no value, its argument is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedded.provider.names import places

if TYPE_CHECKING:
    from embedded.provider.work import Work


class Gone(Exception):  # noqa: N818 - an answer, not a fault
    """The cloud no longer has the resource."""


@dataclass(frozen=True)
class Call:
    """One request: the operation, templated members, and the properties that it carries by name."""

    op: str
    args: Mapping[str, Any]
    into: str = ""
    only: frozenset[str] | None = None
    skip: frozenset[str] = frozenset()
    gives: str = ""
    take: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


def call(
    op: str,
    /,
    *,
    into: str = "",
    only: str | None = None,
    skip: str = "",
    gives: str = "",
    take: str = "",
    sets: Mapping[str, str] | None = None,
    absent: str = "",
    **args: Any,
) -> Call:
    """A request to `op` (`service:operation` for another service than the entry's).

    into: the member of the request that carries the properties, a list's only item included; "" for the request itself.
    only, skip: names of the properties to carry or not ("" for none); all that the shape knows when not given.
    gives: JMESPath of the new id in the response.      take: JMESPath of the object in the response of a read.
    sets: properties taken from the response of a read by JMESPath.
    absent: error codes that mean "there is none" for this read alone.
    """
    chosen = None if only is None else frozenset(only.split())
    none = tuple(absent.split())
    return Call(op, args, into, chosen, frozenset(skip.split()), gives, take, sets or {}, none)


Step = Call | Callable[["Work"], Any]


@dataclass(frozen=True)
class Put:
    """A request of its own for some properties: sent at creation if one is given, later if one changes.

    `unset` is sent instead when none of them is given any more.
    """

    props: frozenset[str]
    step: Step
    unset: Step | None = None
    at_creation: bool = True


def put(props: str, step: Step, unset: Step | None = None, *, at_creation: bool = True) -> Put:
    """A `Put`; a call that says nothing of its own carries just these properties."""
    names = frozenset(props.split())
    if isinstance(step, Call) and step.only is None:
        step = Call(step.op, step.args, step.into, names - places(dict(step.args)), step.skip)
    return Put(names, step, unset, at_creation)


@dataclass(frozen=True)
class Tagging:
    """How a service tags what already exists.

    key: members that name the resource.   spec: the resource type in EC2's tag specifications.
    read, take: the operation that lists tags and where in its answer, if they don't come with the resource.
    after: creation takes no tags.   write: replaces the whole set, for services that know no other way.
    """

    key: Mapping[str, Any]
    add: str
    remove: str
    read: str = ""
    take: str = ""
    tags: str = "Tags"
    keys: str = "TagKeys"
    spec: str = ""
    after: bool = False
    write: Callable[["Work", Mapping[str, str]], None] | None = None


@dataclass(frozen=True)
class Fault:
    """What is wrong with one property: `reason` tells value, limit and remedy."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A resource type of one service of botocore's.

    create, read, update, delete: what is sent; reads are merged. puts: requests of their own for some properties.
    defaults: what Terraform's provider, and so Pulumi's, takes for properties that aren't given.
    id, outputs: templates of what AWS would give, `{hex17}` and such standing for what it invents (see `synthesis`).
    names: Pulumi path -> member of the request, where they differ by more than case and plural.
    reads: property -> JMESPath in what the read calls took.
    replace: properties whose change makes a new resource.
    local: properties that steer the provider and never reach AWS, with their defaults.
    unread: properties (or paths into them) that this cloud does not give back: kept from the inputs.
    shared: properties that other resources may manage too: read only where this one asks for them.
    assumed: what AWS takes for properties that aren't given.
    computed: optional properties that stay what they are once they are left out, beside those that always have a value.
    unset: property -> what the updating call says once it is no longer given.
    like: the call that a creating function makes, or that would make a recorded type: to check the inputs by.
    takes: properties that the functions among the steps handle.
    ordered: paths of lists that keep their order.     gone: error codes of a read that finds nothing.
    gone_if: JMESPath on what a read took that holds for a tombstone.
    named: the property that gets a made-up name.      cfn: the CloudFormation type whose limits apply.
    renewed: outputs that an update gives a new value.
    """

    service: str
    id: str | Callable[[Mapping[str, Any]], str]
    create: Step | None = None
    read: tuple[Step, ...] = ()
    update: Step | None = None
    delete: Step | None = None
    puts: tuple[Put, ...] = ()
    tags: Tagging | None = None
    like: Call | None = None
    assumed: Mapping[str, Any] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()
    unset: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)
    replace: frozenset[str] = frozenset()
    local: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    gone_if: str = ""
    named: str = ""
    longest: int = 64
    cfn: str = ""
    renewed: frozenset[str] = frozenset()
    rules: tuple[Callable[[Mapping[str, Any]], list[Fault]], ...] = ()
    reason: str = ""

    @property
    def realised(self) -> bool:
        """Whether the resource lives in the cloud, rather than in the state alone."""
        return self.create is not None


def words(text: str) -> frozenset[str]:
    """The blank-separated words of a text, as the table writes its sets."""
    return frozenset(text.split())
