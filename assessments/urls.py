"""Pages about frameworks, self-assessments and teams."""

from django.urls import path

from assessments.views import self_assessments, team

app_name = "assessments"
urlpatterns = [
    # Self-assessments and teams
    path("skills/", self_assessments.my_skills, name="my_skills"),
    path("skills/role/", self_assessments.choose_role_level, name="choose_role_level"),
    path("skills/start/", self_assessments.start, name="start"),
    path("self-assessments/<int:pk>/", self_assessments.task_list, name="task_list"),
    path("self-assessments/<int:pk>/skills/<slug:slug>/", self_assessments.answer, name="answer"),
    path("self-assessments/<int:pk>/check/", self_assessments.check_answers, name="check_answers"),
    path("self-assessments/<int:pk>/result/", self_assessments.result, name="result"),
    path("team/", team.team, name="team"),
]
