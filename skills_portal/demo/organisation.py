"""The Department for Harbours and Lights, which does not exist.

Each team names the roles of the Government Digital and Data framework that its members hold,
if any, and how large it is. The whole is about 1,200 people.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoUnit:
    name: str
    children: tuple = ()
    size: int = 0
    roles: tuple = ()
    # How far people here are above or below others of their grade, in levels.
    strength: float = 0.0


def team(name, size, *roles, strength=0.0):
    return DemoUnit(name=name, size=size, roles=roles, strength=strength)


def group(name, *children, strength=0.0):
    return DemoUnit(name=name, children=children, strength=strength)


DEPARTMENT = group(
    "Department for Harbours and Lights",
    group(
        "Digital and Data",
        group(
            "Services",
            team("Berth Booking", 22, "Service designer", "User researcher", "Product manager"),
            team("Pilot Licensing", 21, "Interaction designer", "Content designer"),
            team("Tide Alerts", 19, "Delivery manager", "Business analyst", "Product manager"),
        ),
        group(
            "Engineering",
            team("Platform", 20, "Infrastructure engineer", "Software developer"),
            team("Application Development", 24, "Software developer", "Frontend developer"),
            team("Testing", 14, "Quality assurance test analyst", "Test engineer"),
        ),
        group(
            "Data",
            team("Data Engineering", 17, "Data engineer"),
            team("Analysis and Insight", 21, "Data analyst", "Performance analyst"),
        ),
        group(
            "Technology Operations",
            team("Service Desk", 23, "Service desk manager", "Incident manager"),
            team("Architecture", 13, "Technical architect", "Business architect"),
        ),
        strength=0.6,
    ),
    group(
        "Harbour Operations",
        group(
            "Northern Ports",
            team("Arrivals North", 42),
            team("Inspections North", 31, strength=-0.2),
            team("Casework North", 42),
        ),
        group(
            "Southern Ports",
            team("Arrivals South", 33),
            team("Inspections South", 29),
            team("Casework South", 46, strength=-0.3),
        ),
        group(
            "Island Ports",
            team("Ferry Liaison", 24),
            team("Small Harbours", 26, strength=-0.2),
        ),
        strength=-0.2,
    ),
    group(
        "Lights and Beacons",
        group(
            "Lighthouse Estate",
            team("Maintenance Planning", 30),
            team("Keepers and Visitors", 27, strength=-0.3),
            team("Estates and Property", 25),
        ),
        group(
            "Navigation Safety",
            team("Notices to Mariners", 26),
            team("Incident Investigation", 23),
            team("Charting", 22, strength=0.3),
        ),
        strength=-0.1,
    ),
    group(
        "Licensing and Customers",
        group(
            "Contact Centres",
            team("Phones East", 56, strength=-0.2),
            team("Phones West", 54, strength=-0.2),
            team("Web Chat and Email", 33, strength=0.2),
        ),
        group(
            "Licences",
            team("Skippers' Licences", 32),
            team("Vessel Registration", 44),
            team("Appeals", 20),
        ),
        group(
            "Service Improvement",
            team("Customer Insight", 18, "User researcher", strength=0.4),
            team("Change and Training", 19, strength=0.3),
        ),
    ),
    group(
        "Policy and Strategy",
        group(
            "Maritime Policy",
            team("Trade and Ports Policy", 24, strength=0.2),
            team("Environment Policy", 22, strength=0.2),
            team("Legislation", 18),
        ),
        group(
            "Strategy and Analysis",
            team("Economics", 17, strength=0.3),
            team("Private Office", 14, strength=0.1),
        ),
        strength=0.1,
    ),
    group(
        "People, Finance and Estates",
        group(
            "People",
            team("Recruitment", 24),
            team("Learning and Wellbeing", 21, strength=0.1),
            team("Payroll and Pensions", 26, strength=-0.1),
        ),
        group(
            "Finance and Commercial",
            team("Financial Control", 36),
            team("Procurement", 24),
            team("Internal Audit", 13),
        ),
        group(
            "Workplace",
            team("Facilities", 22, strength=-0.3),
            team("Security and Records", 20),
        ),
    ),
)


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as: what they can do and where they work."""

    kind: str
    name: str
    email: str
    unit: str
    grade: str
    what_they_do: str
    grant: str = ""


# The line manager heads the team of the civil servant; everybody else sits in a team too.
DEMO_PEOPLE = (
    DemoPerson(
        kind="Civil servant",
        name="Casey Fernbrook",
        email="civil.servant@harbours.example",
        unit="Tide Alerts",
        grade="HEO",
        what_they_do="rates themselves, submits and reads the answers",
    ),
    DemoPerson(
        kind="Line manager",
        name="Lena Rookmere",
        email="line.manager@harbours.example",
        unit="Tide Alerts",
        grade="G7",
        what_they_do="sees where their team stands and answers what it submits",
    ),
    DemoPerson(
        kind="Ambassador",
        name="Amos Thistlequay",
        email="ambassador@harbours.example",
        unit="Change and Training",
        grade="SEO",
        what_they_do="asks people to learn something and reads gap reports",
        grant="ambassador",
    ),
    DemoPerson(
        kind="Report reader",
        name="Ros Larchgate",
        email="report.reader@harbours.example",
        unit="Economics",
        grade="G6",
        what_they_do="requests and reads gap reports",
        grant="report_reader",
    ),
    DemoPerson(
        kind="Organisation administrator",
        name="Olwen Saltmoor",
        email="organisation.administrator@harbours.example",
        unit="Recruitment",
        grade="EO",
        what_they_do="looks after units, people and posts",
        grant="organisation_administrator",
    ),
    DemoPerson(
        kind="Framework editor",
        name="Fay Quillcombe",
        email="framework.editor@harbours.example",
        unit="Learning and Wellbeing",
        grade="SEO",
        what_they_do="imports and publishes frameworks",
        grant="framework_editor",
    ),
    DemoPerson(
        kind="System administrator",
        name="Sid Wrenfield",
        email="system.administrator@harbours.example",
        unit="Platform",
        grade="SEO",
        what_they_do="gives and withdraws grants",
        grant="system_administrator",
    ),
)
