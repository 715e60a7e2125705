"""EC2: the network, its gateways and its flow logs (see `routes`)."""

from typing import Any

from embedded.provider.entry import Entry, Put, Tagging, call, put, words
from embedded.provider.rules import among, blocks, one_of
from embedded.provider.work import CallError, Work


def tagged(kind: str) -> Tagging:
    """Tags of an EC2 resource: given at creation by its kind, later by its id."""
    return Tagging({"Resources": ["{id}"]}, "create_tags", "delete_tags", keys="Tags", spec=kind)


def arn(kind: str) -> str:
    """The ARN's template of an EC2 resource."""
    return "arn:{partition}:ec2:{region}:{account}:" + kind + "/{id}"


def _attach_gateway(work: Work) -> None:
    before, after = work.old.get("vpcId"), work.new.get("vpcId")
    if before:
        work.ask("detach_internet_gateway", InternetGatewayId=work.id, VpcId=before)
    if after:
        work.ask("attach_internet_gateway", InternetGatewayId=work.id, VpcId=after)


def _delete_gateway(work: Work) -> None:
    if work.old.get("vpcId"):
        work.ask("detach_internet_gateway", InternetGatewayId=work.id, VpcId=work.old["vpcId"])
    work.ask("delete_internet_gateway", InternetGatewayId=work.id)


_LOGGED = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface", "transitGatewayId": "TransitGateway"}


def _flow_log(work: Work) -> str:
    name, kind = next((n, k) for n, k in _LOGGED.items() if work.new.get(n))
    step = call("create_flow_logs", ResourceIds=[work.new[name]], ResourceType=kind, skip=" ".join(_LOGGED))
    answer = work.send(step)
    if answer.get("Unsuccessful"):
        fault = answer["Unsuccessful"][0]["Error"]
        raise CallError(f"ec2:create_flow_logs was refused: {fault['Message']}", fault["Code"])
    return str(answer["FlowLogIds"][0])


def _switch(op: str, key: str, name: str, *, usual: bool = False) -> Put:
    """An attribute of its own that is on or off; off again, or on where that is `usual`, once it isn't given."""
    where: dict[str, Any] = {key: "{id}"}
    off: dict[str, Any] = {name[0].upper() + name[1:]: {"Value": usual}}
    return put(name, call(op, **where), call(op, **where, **off))


_SUBNET_SWITCHES = (
    "mapPublicIpOnLaunch",
    "assignIpv6AddressOnCreation",
    "enableDns64",
    "enableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch",
)


def _main(what: str, filters: list[dict[str, Any]], path: str, name: str) -> Any:
    vpc = {"Name": "vpc-id", "Values": ["{id}"]}
    return call(what, Filters=[vpc, *filters], sets={name: path})


def _attribute(name: str) -> Any:
    member = name[0].upper() + name[1:]
    return call("describe_vpc_attribute", VpcId="{id}", Attribute=name, sets={name: f"{member}.Value"})


_LAUNCH = "PrivateDnsNameOptionsOnLaunch"

ENTRIES: dict[str, Entry] = {
    "aws:ec2/vpc:Vpc": Entry(
        service="ec2",
        id="vpc-{hex17}",
        create=call("create_vpc", gives="Vpc.VpcId"),
        read=(
            call("describe_vpcs", VpcIds=["{id}"], take="Vpcs[0]"),
            _attribute("enableDnsSupport"),
            _attribute("enableDnsHostnames"),
            _attribute("enableNetworkAddressUsageMetrics"),
            _main(
                "describe_route_tables",
                [{"Name": "association.main", "Values": ["true"]}],
                "RouteTables[0].RouteTableId",
                "mainRouteTableId",
            ),
            _main(
                "describe_security_groups",
                [{"Name": "group-name", "Values": ["default"]}],
                "SecurityGroups[0].GroupId",
                "defaultSecurityGroupId",
            ),
            _main(
                "describe_network_acls",
                [{"Name": "default", "Values": ["true"]}],
                "NetworkAcls[0].NetworkAclId",
                "defaultNetworkAclId",
            ),
        ),
        puts=(
            _switch("modify_vpc_attribute", "VpcId", "enableDnsSupport", usual=True),
            _switch("modify_vpc_attribute", "VpcId", "enableDnsHostnames"),
            _switch("modify_vpc_attribute", "VpcId", "enableNetworkAddressUsageMetrics"),
        ),
        assumed={"enableDnsSupport": True},
        delete=call("delete_vpc", VpcId="{id}"),
        tags=tagged("vpc"),
        outputs={
            "arn": arn("vpc"),
            "ownerId": "{account}",
            "enableDnsSupport": True,
            "instanceTenancy": "default",
            "mainRouteTableId": "rtb-{hex17}",
            "defaultRouteTableId": "{mainRouteTableId}",
            "defaultSecurityGroupId": "sg-{hex17}",
            "defaultNetworkAclId": "acl-{hex17}",
            "dhcpOptionsId": "dopt-{hex17}",
        },
        names={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"},
        reads={
            "ipv6CidrBlock": "Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock",
            "ipv6AssociationId": "Ipv6CidrBlockAssociationSet[0].AssociationId",
        },
        unread=words("assignGeneratedIpv6CidrBlock"),
        replace=words(
            "cidrBlock instanceTenancy ipv4IpamPoolId ipv4NetmaskLength assignGeneratedIpv6CidrBlock ipv6CidrBlock "
            "ipv6CidrBlockNetworkBorderGroup ipv6IpamPoolId ipv6NetmaskLength"
        ),
        gone=words("InvalidVpcID.NotFound"),
        rules=(blocks("cidrBlock"),),
        cfn="AWS::EC2::VPC",
    ),
    "aws:ec2/subnet:Subnet": Entry(
        service="ec2",
        id="subnet-{hex17}",
        create=call("create_subnet", gives="Subnet.SubnetId"),
        read=(call("describe_subnets", SubnetIds=["{id}"], take="Subnets[0]"),),
        puts=(
            *(_switch("modify_subnet_attribute", "SubnetId", name) for name in _SUBNET_SWITCHES),
            put("privateDnsHostnameTypeOnLaunch", call("modify_subnet_attribute", SubnetId="{id}")),
        ),
        delete=call("delete_subnet", SubnetId="{id}"),
        tags=tagged("subnet"),
        outputs={
            "arn": arn("subnet"),
            "ownerId": "{account}",
            "availabilityZone": "{region}a",
            "availabilityZoneId": "use1-az1",
            "privateDnsHostnameTypeOnLaunch": "ip-name",
        },
        reads={
            "enableResourceNameDnsARecordOnLaunch": f"{_LAUNCH}.EnableResourceNameDnsARecord",
            "enableResourceNameDnsAaaaRecordOnLaunch": f"{_LAUNCH}.EnableResourceNameDnsAAAARecord",
            "privateDnsHostnameTypeOnLaunch": f"{_LAUNCH}.HostnameType",
            "ipv6CidrBlock": "Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock",
            "ipv6CidrBlockAssociationId": "Ipv6CidrBlockAssociationSet[0].AssociationId",
        },
        unread=words("privateDnsHostnameTypeOnLaunch enableDns64"),
        replace=words(
            "vpcId cidrBlock availabilityZone availabilityZoneId ipv6Native outpostArn ipv6CidrBlock "
            "ipv4IpamPoolId ipv4NetmaskLength ipv6IpamPoolId ipv6NetmaskLength"
        ),
        gone=words("InvalidSubnetID.NotFound"),
        rules=(blocks("cidrBlock"),),
        cfn="AWS::EC2::Subnet",
    ),
    "aws:ec2/internetGateway:InternetGateway": Entry(
        service="ec2",
        id="igw-{hex17}",
        create=call("create_internet_gateway", gives="InternetGateway.InternetGatewayId"),
        read=(call("describe_internet_gateways", InternetGatewayIds=["{id}"], take="InternetGateways[0]"),),
        puts=(put("vpcId", _attach_gateway, _attach_gateway),),
        delete=_delete_gateway,
        tags=tagged("internet-gateway"),
        outputs={"arn": arn("internet-gateway"), "ownerId": "{account}"},
        reads={"vpcId": "Attachments[0].VpcId"},
        gone=words("InvalidInternetGatewayID.NotFound"),
    ),
    "aws:ec2/eip:Eip": Entry(
        service="ec2",
        id="eipalloc-{hex17}",
        create=call("allocate_address", gives="AllocationId"),
        read=(call("describe_addresses", AllocationIds=["{id}"], take="Addresses[0]"),),
        delete=call("release_address", AllocationId="{id}"),
        tags=tagged("elastic-ip"),
        defaults={"domain": "vpc"},
        outputs={
            "arn": arn("elastic-ip"),
            "allocationId": "{id}",
            "publicIp": "{address}",
            "publicDns": lambda c: f"ec2-{str(c.get('publicIp', '')).replace('.', '-')}.compute-1.amazonaws.com",
            "publicIpv4Pool": "amazon",
            "networkBorderGroup": "{region}",
        },
        reads={"instance": "InstanceId", "networkInterface": "NetworkInterfaceId"},
        unread=words("publicIpv4Pool networkBorderGroup address"),
        replace=words("domain publicIpv4Pool networkBorderGroup address customerOwnedIpv4Pool ipamPoolId"),
        gone=words("InvalidAllocationID.NotFound InvalidAddress.NotFound"),
    ),
    "aws:ec2/natGateway:NatGateway": Entry(
        service="ec2",
        id="nat-{hex17}",
        create=call(
            "create_nat_gateway",
            gives="NatGateway.NatGatewayId",
            skip="availabilityZoneAddresses secondaryAllocationIds secondaryPrivateIpAddressCount "
            "secondaryPrivateIpAddresses",
        ),
        read=(call("describe_nat_gateways", NatGatewayIds=["{id}"], take="NatGateways[0]"),),
        delete=call("delete_nat_gateway", NatGatewayId="{id}"),
        tags=tagged("natgateway"),
        names={"privateIp": "PrivateIpAddress"},
        outputs={"connectivityType": "public", "networkInterfaceId": "eni-{hex17}", "publicIp": "{address}"},
        reads={
            name: f"NatGatewayAddresses[0].{member}"
            for name, member in {
                "allocationId": "AllocationId",
                "privateIp": "PrivateIp",
                "publicIp": "PublicIp",
                "networkInterfaceId": "NetworkInterfaceId",
                "associationId": "AssociationId",
            }.items()
        },
        replace=words("allocationId connectivityType privateIp subnetId availabilityMode vpcId"),
        gone=words("NatGatewayNotFound InvalidNatGatewayID.NotFound"),
        gone_if="State=='deleted' || State=='deleting'",
        cfn="AWS::EC2::NatGateway",
    ),
    "aws:ec2/flowLog:FlowLog": Entry(
        service="ec2",
        id="fl-{hex17}",
        create=_flow_log,
        like=call("create_flow_logs"),
        read=(call("describe_flow_logs", FlowLogIds=["{id}"], take="FlowLogs[0]"),),
        delete=call("delete_flow_logs", FlowLogIds=["{id}"]),
        tags=tagged("vpc-flow-log"),
        takes=frozenset(_LOGGED),
        names={"iamRoleArn": "DeliverLogsPermissionArn"},
        defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
        outputs={"arn": arn("vpc-flow-log")},
        reads={"vpcId": "ResourceId && starts_with(ResourceId, 'vpc-') && ResourceId || null"},
        replace=words(
            "vpcId subnetId eniId transitGatewayId iamRoleArn trafficType logDestination logDestinationType logFormat "
            "maxAggregationInterval destinationOptions deliverCrossAccountRole tagFieldSpecifications"
        ),
        gone=words("InvalidFlowLogId.NotFound"),
        rules=(
            one_of(*_LOGGED),
            among(maxAggregationInterval=(60, 600)),
        ),
        cfn="AWS::EC2::FlowLog",
    ),
}
