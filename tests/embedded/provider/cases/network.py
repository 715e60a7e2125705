"""Cases: EC2."""

import json

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case, allow

_HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}

CASES: dict[str, Case] = {
    "aws:ec2/vpc:Vpc": Case(
        {"cidrBlock": "10.9.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True, **TAGS},
        {"enableDnsHostnames": False, **OTHER_TAGS},
        {"cidrBlock": "10.8.0.0/16"},
        ("instanceTenancy", "shared"),
    ),
    "aws:ec2/subnet:Subnet": Case(
        {"vpcId": "$vpc.id", "cidrBlock": "10.0.9.0/24", "availabilityZone": "eu-central-1a", **TAGS},
        {"mapPublicIpOnLaunch": True},
        {"availabilityZone": "eu-central-1b"},
        ("privateDnsHostnameTypeOnLaunch", "nickname"),
    ),
    "aws:ec2/internetGateway:InternetGateway": Case(
        {"vpcId": "$vpc.id", **TAGS}, {"vpcId": "$vpc2.id"}, bad=("vpcID", "vpc-1")
    ),
    "aws:ec2/eip:Eip": Case({"domain": "vpc", **TAGS}, OTHER_TAGS, {"domain": "standard"}, ("domain", "house")),
    "aws:ec2/natGateway:NatGateway": Case(
        {"allocationId": "$address.id", "subnetId": "$subnet.id", **TAGS},
        OTHER_TAGS,
        {"subnetId": "$subnet2.id"},
        ("connectivityType", "secret"),
    ),
    "aws:ec2/routeTable:RouteTable": Case(
        {"vpcId": "$vpc.id", "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "$gateway.id"}], **TAGS},
        {"routes": []},
        {"vpcId": "$vpc2.id"},
        ("routes[0].gatewayID", [{"cidrBlock": "0.0.0.0/0", "gatewayID": "igw-1"}]),
    ),
    "aws:ec2/route:Route": Case(
        {"routeTableId": "$routes.id", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "$gateway.id"},
        replace={"destinationCidrBlock": "0.0.0.0/1"},
        bad=("destinationIpv6CidrBlock", "::/0"),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Case(
        {"routeTableId": "$routes.id", "subnetId": "$subnet.id"},
        {"routeTableId": "$routes2.id"},
        {"subnetId": "$subnet2.id"},
        ("subnetIds", ["subnet-1"]),
    ),
    "aws:ec2/flowLog:FlowLog": Case(
        {
            "vpcId": "$vpc.id",
            "trafficType": "ALL",
            "logDestinationType": "s3",
            "logDestination": "$bucket.arn",
            **TAGS,
        },
        OTHER_TAGS,
        {"trafficType": "REJECT"},
        ("trafficType", "SOME"),
    ),
    "aws:ec2/securityGroup:SecurityGroup": Case(
        {
            "vpcId": "$vpc.id",
            "description": "a group",
            "ingress": [_HTTPS, {**_HTTPS, "cidrBlocks": ["192.168.0.0/16"]}],
            **TAGS,
        },
        {
            "ingress": [{**_HTTPS, "description": "from home"}],
            "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}],
        },
        {"description": "another group"},
        ("ingress[0].fromPort", [{**_HTTPS, "fromPort": "https"}]),
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Case(
        {"vpcId": "$vpc.id", **TAGS}, {"ingress": [_HTTPS]}, {"vpcId": "$vpc2.id"}, ("name", "mine"), stays=True
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Case(
        {
            "securityGroupId": "$group.id",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/8",
            **TAGS,
        },
        {"description": "from home", "cidrIpv4": "10.1.0.0/16"},
        {"securityGroupId": "$group2.id"},
        ("cidrIpv6", "::/0"),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Case(
        {"securityGroupId": "$group.id", "ipProtocol": "-1", "referencedSecurityGroupId": "$group2.id"},
        {"description": "to friends"},
        {"securityGroupId": "$group2.id"},
        ("fromPort", "x"),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Case(
        {
            "vpcId": "$vpc.id",
            "serviceName": "com.amazonaws.eu-central-1.kms",
            "vpcEndpointType": "Interface",
            "subnetIds": ["$subnet.id"],
            "securityGroupIds": ["$group.id"],
            "privateDnsEnabled": True,
            "policy": json.dumps(allow("kms:Decrypt", Principal="*")),
            **TAGS,
        },
        {"subnetIds": ["$subnet.id", "$subnet2.id"], "policy": json.dumps(allow("kms:*", Principal="*"))},
        {"serviceName": "com.amazonaws.eu-central-1.sts"},
        ("routeTableIds", ["rtb-1"]),
    ),
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": Case(
        {"vpcEndpointId": "$endpoint.id", "routeTableId": "$routes.id"}, replace={"routeTableId": "$routes2.id"}
    ),
    "aws:ec2/vpc:Vpc of six": Case(
        {"cidrBlock": "10.9.0.0/16", "assignGeneratedIpv6CidrBlock": True, "enableNetworkAddressUsageMetrics": True},
        {"enableDnsSupport": False},
        {"assignGeneratedIpv6CidrBlock": False},
        ("enableDnsSupport", 7),
    ),
    "aws:ec2/subnet:Subnet with names": Case(
        {
            "vpcId": "$vpc.id",
            "cidrBlock": "10.0.9.0/24",
            "mapPublicIpOnLaunch": True,
            "privateDnsHostnameTypeOnLaunch": "resource-name",
            "enableResourceNameDnsARecordOnLaunch": True,
        },
        {"mapPublicIpOnLaunch": False, "enableResourceNameDnsARecordOnLaunch": False},
        {"cidrBlock": "10.0.8.0/24"},
        ("mapPublicIpOnLaunch", "sometimes"),
    ),
    "aws:ec2/route:Route to a NAT gateway": Case(
        {"routeTableId": "$routes.id", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "$nat.id"},
        {"natGatewayId": None, "gatewayId": "$gateway.id"},
        {"routeTableId": "$routes2.id"},
        ("natGateway", "nat-1"),
    ),
    "aws:ec2/flowLog:FlowLog to a log group": Case(
        {"vpcId": "$vpc.id", "trafficType": "ALL", "logDestination": "$logs.arn", "iamRoleArn": "$role.arn"},
        {"tags": {"a": "b"}},
        {"maxAggregationInterval": 60},
        ("maxAggregationInterval", 61),
    ),
    "aws:ec2/securityGroup:SecurityGroup without name": Case(
        {"vpcId": "$vpc.id"}, {"egress": [_HTTPS]}, {"name": "other"}, ("vpcID", "vpc-1")
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint of a gateway": Case(
        {
            "vpcId": "$vpc.id",
            "serviceName": "com.amazonaws.eu-central-1.s3",
            "routeTableIds": ["$routes.id"],
            "policy": json.dumps(allow("s3:GetObject", Principal="*")),
        },
        {"routeTableIds": ["$routes2.id"], "policy": json.dumps(allow("s3:*", Principal="*"))},
        {"vpcId": "$vpc2.id"},
        ("subnetIds", ["subnet-1"]),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint with DNS options": Case(
        {
            "vpcId": "$vpc.id",
            "serviceName": "com.amazonaws.eu-central-1.kms",
            "vpcEndpointType": "Interface",
            "ipAddressType": "ipv4",
            "dnsOptions": {"dnsRecordIpType": "ipv4"},
            "privateDnsEnabled": True,
        },
        {"privateDnsEnabled": False, "dnsOptions": {"dnsRecordIpType": "service-defined"}},
        {"vpcId": "$vpc2.id"},
        ("dnsOptions.dnsRecordIpType", {"dnsRecordIpType": "ipv9"}),
    ),
}
