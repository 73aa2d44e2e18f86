"""The configurations of the stories.

SHIPPED is what an operator gets. FACES declares a face to be against the rules, so that a lawful
photograph can stand in for what breaks them, and switches the age rules off (development allows
both), so that a picture without a face is clean.
"""

from tests.e2e.stage import Configuration

FACES_AGAINST_THE_RULES = """\
version = "stories-1"

[nudity.FEMALE_BREAST_EXPOSED]
hold = 0.35
cut = 0.6

[nudity.FEMALE_GENITALIA_EXPOSED]
hold = 0.35
cut = 0.6

[nudity.MALE_GENITALIA_EXPOSED]
hold = 0.35
cut = 0.6

[nudity.ANUS_EXPOSED]
hold = 0.35
cut = 0.6

[nudity.BUTTOCKS_EXPOSED]
hold = 0.35
cut = 0.6

[nudity.FACE_FEMALE]
hold = 0.35
cut = 0.5

[age]
suspend_years = 0.0
doubt_years = 0.0
minimum_faces = 1
"""

SHIPPED = Configuration(name="shipped")
FACES = Configuration(
    name="faces",
    thresholds=FACES_AGAINST_THE_RULES,
    settings=(("PREVALENCE_FRAMES_PER_HOUR", "360"),),
)
CHECKED = Configuration(name="checked", settings=(("CAMERA_CHECK", "on"),))
SCREENED_THROUGHOUT = Configuration(
    name="screened-throughout",
    thresholds=FACES_AGAINST_THE_RULES,
    settings=(("SCREENED_S", "3600"),),
)
STALLED = Configuration(name="stalled", thresholds=FACES_AGAINST_THE_RULES)
PROVING = Configuration(
    name="proving",
    settings=(("PROOF_OF_WORK", "on"), ("PROOF_TRIES", "200"), ("TRUSTED_PROXIES", "127.0.0.0/8")),
)
DESK = Configuration(name="desk")
"""Nobody talks here: reports are brought in, so that nothing else waits for staff."""
OFFICE = Configuration(name="office", settings=(("STAFF_SECOND_FACTOR", "required"),))
"""Nobody talks here, and staff sign in as they do where it counts."""
