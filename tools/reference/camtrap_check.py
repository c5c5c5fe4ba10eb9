"""Has frictionless validate a Camera Trap Data Package, and prints what it finds.

    python camtrap_check.py FOLDER

The schemas of Camtrap DP 1.0.2 lie on the net, where no test goes, so what they say of columns is
here: their order, types, keys, and the values of those that Homeroom fills. The schemas that
the package names must be those of the standard.
"""

import json
import sys
from pathlib import Path

from frictionless import Package, Schema

TIME = {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S%z"}


def field(name, type="string", required=False, **constraints):
    form = dict(TIME) if type == "time" else {"type": type}
    return {"name": name, **form, "constraints": {"required": required, **constraints}}


TO_DEPLOYMENTS = {"fields": "deploymentID", "reference": {"resource": "deployments", "fields": "deploymentID"}}
TO_MEDIA = {"fields": "mediaID", "reference": {"resource": "media", "fields": "mediaID"}}
SCHEMAS = {
    "deployments": {
        "fields": [
            field("deploymentID", required=True, unique=True), field("locationID"), field("locationName"),
            field("latitude", "number", True, minimum=-90, maximum=90), field("longitude", "number", True, minimum=-180, maximum=180),
            field("coordinateUncertainty", "integer", minimum=1), field("deploymentStart", "time", True), field("deploymentEnd", "time", True),
            field("setupBy"), field("cameraID"), field("cameraModel"), field("cameraDelay", "integer"), field("cameraHeight", "number"),
            field("cameraDepth", "number"), field("cameraTilt", "integer"), field("cameraHeading", "integer"), field("detectionDistance", "number"),
            field("timestampIssues", "boolean"), field("baitUse", "boolean"), field("featureType"), field("habitat"), field("deploymentGroups"),
            field("deploymentTags"), field("deploymentComments"),
        ],
        "primaryKey": "deploymentID",
    },
    "media": {
        "fields": [
            field("mediaID", required=True, unique=True), field("deploymentID", required=True), field("captureMethod", enum=["activityDetection", "timeLapse"]),
            field("timestamp", "time", True), field("filePath", required=True, pattern=r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"), field("filePublic", "boolean", True),
            field("fileName"), field("fileMediatype", required=True, pattern="^(image|video|audio)/.*$"), field("exifData", "any"), field("favorite", "boolean"),
            field("mediaComments"),
        ],
        "primaryKey": "mediaID",
        "foreignKeys": [TO_DEPLOYMENTS],
    },
    "observations": {
        "fields": [
            field("observationID", required=True, unique=True), field("deploymentID", required=True), field("mediaID"), field("eventID"),
            field("eventStart", "time", True), field("eventEnd", "time", True), field("observationLevel", required=True, enum=["media", "event"]),
            field("observationType", required=True, enum=["animal", "human", "vehicle", "blank", "unknown", "unclassified"]), field("cameraSetupType"),
            field("scientificName"), field("count", "integer", minimum=1), field("lifeStage"), field("sex"), field("behavior"), field("individualID"),
            field("individualPositionRadius", "number"), field("individualPositionAngle", "number"), field("individualSpeed", "number"),
            field("bboxX", "number"), field("bboxY", "number"), field("bboxWidth", "number"), field("bboxHeight", "number"),
            field("classificationMethod", enum=["human", "machine"]), field("classifiedBy"), field("classificationTimestamp", "time"),
            field("classificationProbability", "number", minimum=0, maximum=1), field("observationTags"), field("observationComments"),
        ],
        "primaryKey": "observationID",
        "foreignKeys": [TO_DEPLOYMENTS, TO_MEDIA],
    },
}

folder = Path(sys.argv[1])
about = json.loads((folder / "datapackage.json").read_text())
PUBLISHED = "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/"
wrong = []
if about.pop("profile") != PUBLISHED + "camtrap-dp-profile.json":
    wrong.append("the profile is another")
for key in ("created", "contributors", "project", "spatial", "temporal", "taxonomic"):
    if key not in about:
        wrong.append(f"{key} is missing")
for key in ("title", "samplingDesign", "captureMethod", "individualAnimals", "observationLevel"):
    if key not in about["project"]:
        wrong.append(f"project.{key} is missing")
for resource in about["resources"]:
    name = resource["name"]
    if resource["schema"] != f"{PUBLISHED}{name}-table-schema.json":
        wrong.append(f"the schema of {name} is another")
    resource["schema"] = {**SCHEMAS[name], "missingValues": ["", "NA", "NaN", "nan"]}
    Schema.from_descriptor(resource["schema"])
report = Package.from_descriptor(about, basepath=str(folder)).validate()
rows = {task.name: task.stats["rows"] for task in report.tasks}
wrong += [str(line) for line in report.flatten(["title", "rowNumber", "fieldName", "message"])]
print(json.dumps({"valid": report.valid and not wrong, "rows": rows, "wrong": wrong}))
