"""Pages about learning."""

from django.urls import path

from learning.views import asked, assignments, exports, goals, imports, log, progress, resources

app_name = "learning"
urlpatterns = [
    # The log
    path("learning/", log.log, name="log"),
    path("learning/entries/<int:pk>/", log.entry, name="entry"),
    path("learning/entries/<int:pk>/change/", log.change_entry, name="change_entry"),
    path("learning/entries/<int:pk>/delete/", log.delete_entry, name="delete_entry"),
    path("learning/entries/<int:pk>/restore/", log.restore_entry, name="restore_entry"),
    path("learning/entries/<int:pk>/share/", log.share_entry, name="share_entry"),
    path("learning/entries/<int:pk>/stop-sharing/", log.stop_sharing, name="stop_sharing"),
    path("learning/deleted/", log.deleted_entries, name="deleted_entries"),
    path("learning/shared/", log.shared_entries, name="shared_entries"),
    path("learning/year/", log.year, name="year"),
    # Many entries at once
    path("learning/import/", imports.import_entries, name="import_entries"),
    path("learning/import/template.csv", imports.template, name="import_template"),
    path("learning/import/<int:pk>/", imports.check_import, name="check_import"),
    # What one is asked to learn
    path("learning/asked/", asked.asked_list, name="asked_list"),
    path("learning/asked/<int:pk>/", asked.asked, name="asked"),
    path("learning/asked/<int:pk>/accept/", asked.accept, name="accept_asked"),
    path("learning/asked/<int:pk>/decline/", asked.decline, name="decline_asked"),
    path("learning/asked/<int:pk>/named/", asked.agree_to_be_named, name="agree_to_be_named"),
    # What one asks others to learn
    path("assignments/", assignments.assignments, name="assignments"),
    path("assignments/new/", assignments.set_assignment, name="set_assignment"),
    path("assignments/<int:pk>/", assignments.assignment, name="assignment"),
    path(
        "assignments/<int:pk>/progress/",
        assignments.assignment_progress,
        name="assignment_progress",
    ),
    path("assignments/<int:pk>/figures/", progress.assignment_figures, name="assignment_figures"),
    path("assignments/<int:pk>/due-date/", assignments.change_due_date, name="change_due_date"),
    path(
        "assignments/<int:pk>/withdraw/",
        assignments.withdraw_assignment,
        name="withdraw_assignment",
    ),
    path("assignments/<int:pk>/again/", assignments.try_again, name="try_assignment_again"),
    # Files to take away
    path("learning/export/", exports.export, name="export"),
    path("learning/export/log.<slug:extension>", exports.export_file, name="export_file"),
    # Goals
    path("learning/goals/", goals.goals, name="goals"),
    path("learning/goals/level/", goals.level_goal, name="level_goal"),
    path("learning/goals/time/<int:pk>/end/", goals.end_minutes_goal, name="end_minutes_goal"),
    path("learning/goals/level/<int:pk>/end/", goals.end_level_goal, name="end_level_goal"),
    # The catalogue
    path("learning/next/", resources.next_steps, name="next_steps"),
    path("learning/resources/", resources.resources, name="resources"),
    path("learning/resources/suggest/", resources.suggest_resource, name="suggest_resource"),
    path("learning/resources/suggestions/", resources.suggestions, name="suggestions"),
    path("learning/resources/<int:pk>/", resources.resource, name="resource"),
    path("learning/resources/<int:pk>/decide/", resources.decide_resource, name="decide_resource"),
    path("learning/resources/<int:pk>/retire/", resources.retire_resource, name="retire_resource"),
]
