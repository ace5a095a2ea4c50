"""moto's server, on loopback alone, with the few calls of hashicorp/aws that moto lacks. Each of them answers as AWS would."""

import json
import sys
import uuid
from urllib.parse import unquote

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.budgets.responses import BudgetsResponse
from moto.kafka import models, urls
from moto.kafka.responses import KafkaResponse
from moto.route53 import models as route53
from moto.server import main

NOW = "2026-01-01T00:00:00.000Z"
NOT_FOUND = 404, {"x-amzn-errortype": "NotFoundException"}, json.dumps({"message": "not found"})


def answer(body):
    return 200, {}, json.dumps(body)


def endpoint(method):
    """A method of a KafkaResponse as an endpoint of moto."""

    def respond(request, full_url, headers):
        response = KafkaResponse()
        response.setup_class(request, full_url, headers)
        return method(response)

    return respond


# Ids of zones begin with a Z.
zone_id = route53.create_route53_zone_id
route53.create_route53_zone_id = lambda **asked: "Z" + zone_id(**asked)

# Tags of what Application Auto Scaling made are asked for after each creation.
ApplicationAutoScalingResponse.list_tags_for_resource = lambda self: json.dumps({"Tags": {}})
ApplicationAutoScalingResponse.tag_resource = lambda self: json.dumps({})


def subscribers(self):
    budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    asked = self._get_param("Notification")
    of_asked = [each.subscribers for each in budget.notifications if asked.items() <= each.details.items()]
    return json.dumps({"Subscribers": of_asked[0] if of_asked else []})


# Budgets tell who hears of them, and their tags, after each creation.
BudgetsResponse.describe_subscribers_for_notification = subscribers
BudgetsResponse.list_tags_for_resource = lambda self: json.dumps({"ResourceTags": []})

configurations = {}


def describe(arn):
    body = configurations[arn]
    return {
        "arn": arn,
        "name": body["name"],
        "kafkaVersions": body.get("kafkaVersions", []),
        "creationTime": NOW,
        "description": body.get("description", ""),
        "state": "ACTIVE",
        "latestRevision": {"revision": body["revision"], "creationTime": NOW},
    }


def configuration(self):
    path = unquote(self.parsed_url.path)
    if path.endswith("/configurations"):
        body = json.loads(self.body)
        arn = f"arn:aws:kafka:{self.region}:{self.current_account}:configuration/{body['name']}/{uuid.uuid4()}-1"
        configurations[arn] = {**body, "revision": 1}
        return answer(describe(arn))
    arn = path.split("/configurations/")[1].split("/revisions")[0]
    if arn not in configurations:
        return 400, {"x-amzn-errortype": "BadRequestException"}, json.dumps({"message": "Configuration ARN does not exist"})
    if self.method == "DELETE":
        del configurations[arn]
        return answer({"arn": arn, "state": "DELETING"})
    if self.method == "PUT":
        configurations[arn].update(json.loads(self.body), revision=configurations[arn]["revision"] + 1)
        return answer(describe(arn))
    if "/revisions/" in path:
        properties = configurations[arn]["serverProperties"]
        return answer({"arn": arn, "revision": configurations[arn]["revision"], "creationTime": NOW, "serverProperties": properties})
    return answer(describe(arn))


secrets_of = {}


def scram_secrets(self):
    arn = unquote(self.parsed_url.path).split("/clusters/")[1].removesuffix("/scram-secrets")
    known = secrets_of.setdefault(arn, [])
    given = json.loads(self.body).get("secretArnList", []) if self.body else []
    if self.method == "POST":
        known.extend(each for each in given if each not in known)
    if self.method == "PATCH":
        secrets_of[arn] = [each for each in known if each not in given]
    if self.method == "GET":
        return answer({"secretArnList": known})
    return answer({"clusterArn": arn, "unprocessedScramSecrets": []})


def brokers(_):
    return answer({"bootstrapBrokerStringSaslScram": "b-1.mobility.kafka:9096,b-2.mobility.kafka:9096,b-3.mobility.kafka:9096"})


urls.url_paths = {
    "{0}/v1/configurations$": endpoint(configuration),
    "{0}/v1/configurations/(?P<rest>.+)$": endpoint(configuration),
    "{0}/v1/clusters/(?P<arn>.+)/scram-secrets$": endpoint(scram_secrets),
    "{0}/v1/clusters/(?P<arn>.+)/bootstrap-brokers$": endpoint(brokers),
    **urls.url_paths,
}

create = models.FakeKafkaCluster.__init__


def active(self, *args, **kwargs):
    create(self, *args, **kwargs)
    self.state = "ACTIVE"


# A cluster is there at once, and one that is gone is not found.
models.FakeKafkaCluster.__init__ = active
describe_cluster = KafkaResponse.describe_cluster_v2


def describe_or_not_found(self):
    try:
        return describe_cluster(self)
    except KeyError:
        return NOT_FOUND


KafkaResponse.describe_cluster_v2 = describe_or_not_found

main(sys.argv[1:])
