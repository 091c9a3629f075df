"""Pages about frameworks, self-assessments and teams."""

from django.urls import path

from assessments.views import (
    areas,
    directions,
    frameworks,
    getting_started,
    history,
    reassessing,
    reviews,
    role_levels,
    self_assessments,
    sharing,
    statements,
    team,
)

app_name = "assessments"
urlpatterns = [
    # Self-assessments and teams
    path("skills/", self_assessments.my_skills, name="my_skills"),
    path("skills/getting-started/", getting_started.getting_started, name="getting_started"),
    path("skills/role/", role_levels.choose_role_level, name="choose_role_level"),
    path("skills/start/", self_assessments.start, name="start"),
    path("skills/directions/", directions.directions, name="directions"),
    path("skills/directions/<int:pk>/", directions.direction, name="direction"),
    path("skills/history/", history.history, name="history"),
    path(
        "skills/history/<slug:framework>/<slug:skill>/",
        history.skill_history,
        name="skill_history",
    ),
    path("skills/compare/", history.compare, name="compare"),
    path("self-assessments/<int:pk>/", self_assessments.task_list, name="task_list"),
    path("self-assessments/<int:pk>/skills/<slug:slug>/", self_assessments.answer, name="answer"),
    path(
        "self-assessments/<int:pk>/skills/<slug:slug>/statements/",
        statements.statements,
        name="statements",
    ),
    path("self-assessments/<int:pk>/areas/<int:area>/", areas.area, name="area"),
    path("self-assessments/<int:pk>/confirm/", reassessing.confirm, name="confirm_carried"),
    path("self-assessments/<int:pk>/ask-again/", reassessing.ask_again, name="ask_all_again"),
    path("self-assessments/<int:pk>/move/", reassessing.move, name="move_draft"),
    path("self-assessments/<int:pk>/check/", self_assessments.check_answers, name="check_answers"),
    path("self-assessments/<int:pk>/result/", self_assessments.result, name="result"),
    # Line managers
    path("team/", team.team, name="team"),
    path("team/team.csv", team.team_csv, name="team_csv"),
    path("team/agreement/", team.agreement, name="agreement"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/remind/", reviews.remind, name="remind"),
    path("self-assessments/<int:pk>/review/", reviews.review, name="review"),
    path("self-assessments/<int:pk>/answers/", reviews.review_answers, name="review_answers"),
    path("review-answers/<int:pk>/", reviews.review_answer, name="review_answer"),
    # Who sees what
    path("skills/sharing/", sharing.sharing, name="sharing"),
    path("self-assessments/<int:pk>/share/", sharing.share_again, name="share_again"),
    path("self-assessments/<int:pk>/stop-sharing/", sharing.stop_sharing, name="stop_sharing"),
    # Frameworks: "import" is no framework's slug
    path("frameworks/", frameworks.frameworks, name="frameworks"),
    path("frameworks/import/", frameworks.import_framework, name="import_framework"),
    path("frameworks/<slug:slug>/", frameworks.framework, name="framework"),
    path(
        "frameworks/<slug:slug>/skills/<slug:skill_slug>/", frameworks.skill, name="framework_skill"
    ),
    path("frameworks/<slug:slug>/roles/<slug:role_slug>/", frameworks.role, name="framework_role"),
    path("frameworks/<slug:slug>/releases/<int:pk>/", frameworks.release, name="release"),
    path(
        "frameworks/<slug:slug>/releases/<int:pk>/publish/",
        frameworks.publish_release,
        name="publish_release",
    ),
    path(
        "frameworks/<slug:slug>/releases/<int:pk>/discard/",
        frameworks.discard_release,
        name="discard_release",
    ),
]
