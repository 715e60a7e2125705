from graphql import GraphQLEnumType, GraphQLObjectType, build_schema, is_non_null_type, validate_schema
from hypothesis import given
from hypothesis import strategies as st

from components.graphql import ANNOUNCEMENT, WRITTEN
from components.graphql_schema import SCALARS, schema, type_name
from components.marts import marts, parameters
from contracts import Contract, Field
from embedded.provider.table.graphql_rules import _AWS_OWN
from tests.components import parts

MARTS = marts(parts.all_contracts())
BUILT = build_schema(schema(MARTS, WRITTEN.read_text()) + _AWS_OWN)


def test_the_schema_is_one() -> None:
    assert not validate_schema(BUILT)


def test_every_mart_is_a_field_with_the_columns_of_its_contract_and_arguments_of_its_key() -> None:
    assert BUILT.query_type is not None
    assert set(BUILT.query_type.fields) == {mart.name for mart in MARTS}
    for mart in MARTS:
        field = BUILT.query_type.fields[mart.name]
        assert list(field.args) == [each.name for each in parameters(mart)]
        assert not any(is_non_null_type(argument.type) for argument in field.args.values()), "each may be left out"
        rows = BUILT.type_map[type_name(mart)]
        assert isinstance(rows, GraphQLObjectType)
        assert {name: is_non_null_type(each.type) for name, each in rows.fields.items()} == {
            each.name: each.required for each in mart.fields
        }


def test_the_marts_of_a_version_are_those_that_there_are() -> None:
    known = BUILT.type_map["Mart"]
    assert isinstance(known, GraphQLEnumType)
    assert set(known.values) == {mart.name for mart in MARTS}


def test_only_the_platform_itself_publishes_and_both_kinds_of_callers_read() -> None:
    text = schema(MARTS, WRITTEN.read_text())
    (publishing,) = [line for line in text.splitlines() if "publishMartVersion(" in line]
    assert publishing.endswith("@aws_iam")
    for mart in MARTS:
        assert f"type {type_name(mart)} @aws_iam @aws_cognito_user_pools {{" in text
        (line,) = [line for line in text.splitlines() if line.startswith(f"  {mart.name}(")]
        assert line.endswith("@aws_iam @aws_cognito_user_pools")


def test_the_announcement_gives_every_field_since_listeners_get_no_others() -> None:
    version = BUILT.type_map["MartVersion"]
    assert isinstance(version, GraphQLObjectType)
    selected = ANNOUNCEMENT.rpartition("publishMartVersion")[2].partition("{")[2].partition("}")[0]
    assert selected.split() == list(version.fields)


@given(
    types=st.lists(st.sampled_from(sorted(SCALARS)), min_size=1, max_size=6),
    told=st.text(alphabet=st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40),
)
def test_whatever_contract_there_is_makes_a_schema(types: list[str], told: str) -> None:
    fields = tuple(Field(name=f"c{n}", type=type_, description=told, required=True) for n, type_ in enumerate(types))
    mart = Contract(
        name="trips_by_day",
        version="1.0.0",
        domain="trains",
        description=told,
        key=("c0",),
        fields=fields,
        layer="refined",
    )
    assert not validate_schema(build_schema(schema([mart], WRITTEN.read_text()) + _AWS_OWN))
