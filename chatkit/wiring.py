"""How the application is wired from its rooms: read from top to bottom."""

from collections.abc import Callable, Mapping

import click
from flask import Flask

from chatkit import errors, tracing
from chatkit.analytics import routes as analytics_routes
from chatkit.analytics import service as analytics_service
from chatkit.analytics.personal_data import ANALYTICS
from chatkit.audit import cli as audit_cli
from chatkit.audit import service as audit_service
from chatkit.auth import cli as accounts_cli
from chatkit.auth import events, guard, identity, openid_routes, personal_data, personal_data_routes, sessions
from chatkit.auth import routes as auth_routes
from chatkit.auth import service as auth_service
from chatkit.autocomplete import routes as autocomplete_routes
from chatkit.backup import cli as backup_cli
from chatkit.backup import metrics as backup_metrics
from chatkit.backup import schedule as backup_schedule
from chatkit.chat import cited_sections, content_gaps, daily_counts, generation, transcripts
from chatkit.chat import routes as chat_routes
from chatkit.chat.personal_data import CHAT
from chatkit.commands import ContentGroup, make_app
from chatkit.curated import matching as curated_matching
from chatkit.curated import service as curated_service
from chatkit.curated.cli import answers_commands
from chatkit.database.orm import db
from chatkit.evaluation import runs as test_runs
from chatkit.evaluation.cli import testset_commands
from chatkit.evaluation.personal_data import TEST_SET
from chatkit.gaps import clustering, digest, verification, webhook
from chatkit.gaps.cli import gaps_commands
from chatkit.ingest import follow_ups, neighbourhood, reindexing
from chatkit.ingest import metrics as content_metrics
from chatkit.ingest import routes as content_routes
from chatkit.llm import metrics as llm_metrics
from chatkit.llm import service as llm_service
from chatkit.llm import token_budget
from chatkit.llm.personal_data import MODEL_TOKENS
from chatkit.machines import mcp_routes
from chatkit.machines import routes as machines_routes
from chatkit.mail import metrics as mail_metrics
from chatkit.mail import service as mail_service
from chatkit.mail.cli import mail_commands
from chatkit.observability import health, metrics, request_log
from chatkit.owner import (
    api_routes,
    conversations_routes,
    curated_routes,
    error_pages,
    gaps_routes,
    overview_routes,
    recommendations_routes,
    review_routes,
    sign_in_routes,
    state_routes,
    tests_routes,
)
from chatkit.owner import guard as owner_guard
from chatkit.owner import openid_routes as owners_openid_routes
from chatkit.owner import sessions as owner_sessions
from chatkit.owner.cli import owners_commands
from chatkit.owner.personal_data import OWNER
from chatkit.personalize import cli as recommendations_cli
from chatkit.personalize import routes as personalize_routes
from chatkit.personalize.personal_data import PERSONALIZE
from chatkit.ratelimit import bans, limiter
from chatkit.ratelimit import cli as ratelimit_cli
from chatkit.review.personal_data import REVIEW
from chatkit.search import embedding, meaning
from chatkit.server import background, pruning
from chatkit.server import cli as server_cli
from chatkit.server.background import Job
from chatkit.site import routes as site_routes
from chatkit.web import bad_requests, concurrency, headers, openapi, proxies, read_only, stream_shares
from chatkit.web import cli as web_cli
from chatkit.web.times import JsonProvider
from chatkit.widget import routes as widget_routes

HOUR_SECONDS = 3600
# The commands of flask that serve readers; any other needs no SECRET_KEY before it uses it.
SERVING_COMMANDS = {"run", "serve"}
# How soon the passages of new pages get vectors.
EMBED_SECONDS = 5
# How soon a source that is due, or was asked for, is indexed again.
REINDEX_SECONDS = 5
# How soon a backup that is due is begun.
BACKUP_SECONDS = 60
# How soon the test set is run, published gaps are checked and curated answers are, after pages were indexed.
FOLLOW_UP_SECONDS = 5
# How soon a question that the pages do not answer is among those like it, and the webhook is told.
CLUSTER_SECONDS = 30
ANNOUNCE_SECONDS = 30
JOBS = (
    Job("deliver", 2, mail_service.deliver_next),
    Job("prune", HOUR_SECONDS, pruning.prune_batch),
    Job("embed", EMBED_SECONDS, embedding.embed_batch),
    Job("backup", BACKUP_SECONDS, backup_schedule.start_due),
    Job("reindex", REINDEX_SECONDS, reindexing.start_next),
    Job("follow_up", FOLLOW_UP_SECONDS, follow_ups.run_due),
    Job("cluster", CLUSTER_SECONDS, clustering.cluster_batch),
    Job("announce", ANNOUNCE_SECONDS, webhook.announce),
    Job("digest", HOUR_SECONDS, digest.queue_weekly),
)
PRUNERS = (
    auth_service.prune,
    sessions.prune,
    identity.prune,
    transcripts.prune_anonymous,
    transcripts.prune,
    content_gaps.prune,
    daily_counts.prune,
    clustering.prune,
    analytics_service.prune,
    mail_service.prune,
    token_budget.prune,
    limiter.prune,
    bans.prune,
    audit_service.prune,
    owner_sessions.prune,
    owner_sessions.prune_sign_ins,
    personal_data.prune_deleted,
)
# The pages of the owner's room.
OWNERS_ROOM = (
    sign_in_routes.bp,
    owners_openid_routes.bp,
    overview_routes.bp,
    conversations_routes.bp,
    gaps_routes.bp,
    curated_routes.bp,
    recommendations_routes.bp,
    tests_routes.bp,
    review_routes.bp,
    state_routes.bp,
)
# What is done whenever the index has changed.
FOLLOW_UPS: Mapping[str, Callable[[], object]] = {
    "curated": curated_service.check_sections,
    "tests": test_runs.run,
    "gaps": verification.verify_published,
}
# What each process shows of itself, and what the database knows of the rest, for /metrics.
SAMPLERS = (concurrency.sample, llm_service.sample)
READINGS = (mail_metrics.read, content_metrics.read, llm_metrics.read, backup_metrics.read)
# In the order of the exported document; deleting an account goes through it backwards.
PERSONAL_DATA = (
    personal_data.ACCOUNT,
    CHAT,
    TEST_SET,
    REVIEW,
    PERSONALIZE,
    ANALYTICS,
    MODEL_TOKENS,
    personal_data.MAILS,
    personal_data.RATE_LIMITS,
    personal_data.BANS,
    personal_data.AUDIT_LOG,
    OWNER,
)


def wire(overrides: Mapping[str, object] | None) -> Flask:
    """Return the application; see `create_app`."""
    app = make_app(overrides, serves=_serves())
    app.json = JsonProvider(app)
    api = openapi.bind(app)
    with app.app_context():
        tracing.init_app(app, db.engine)

    # Hooks run in this order before a view, and in reverse after it.
    request_log.init_app(app)
    bad_requests.init_app(app)
    proxies.init_app(app)
    headers.init_app(app)
    concurrency.init_app(app, outside=health.OUTSIDE_QUEUE | metrics.OUTSIDE_QUEUE)
    guard.init_app(app)
    owner_guard.init_app(app)
    bans.init_app(app, account_id=guard.caller_id)
    read_only.init_app(app)
    stream_shares.init_app(app, account_id=guard.caller_id)
    limiter.init_app(app, who=owner_guard.requester)
    errors.init_app(app)
    error_pages.init_app(app)

    personal_data.init_app(app, PERSONAL_DATA)
    events.init_app(app, analytics_service.record)
    account_bp = personal_data_routes.make_blueprint(PERSONAL_DATA)
    for blueprint in (
        auth_routes.bp,
        account_bp,
        chat_routes.bp,
        autocomplete_routes.bp,
        personalize_routes.bp,
        analytics_routes.bp,
        content_routes.bp,
        api_routes.bp,
    ):
        api.register_blueprint(blueprint)
    for bp in (site_routes.bp, widget_routes.bp, machines_routes.bp, mcp_routes.bp, openid_routes.bp, *OWNERS_ROOM):
        app.register_blueprint(bp)
    health.init_app(app)
    metrics.init_app(app, SAMPLERS, READINGS)
    openapi.init_app(app, api)

    mail_service.register_template(app, owner_sessions.TEMPLATE, owner_sessions.render_mail)
    if app.config["CHATKIT"].identity_issuer is not None:
        # It needs what an extra brings.
        from chatkit.auth import identity_token

        identity_token.init_app(app)
    if app.config["CHATKIT"].oidc_issuer is not None:
        from chatkit.auth import openid

        openid.init_app(app)
    mail_service.register_template(app, digest.TEMPLATE, digest.render)
    mail_service.register_template(app, auth_service.SIGNIN_TEMPLATE, auth_service.render_signin_mail)
    meaning.init_app(app)
    embedding.init_app(app)
    reindexing.init_app(app)
    neighbourhood.init_app(app)
    follow_ups.init_app(app, FOLLOW_UPS)
    curated_matching.init_app(app)
    clustering.init_app(app)
    backup_schedule.init_app(app)
    llm_service.init_app(app)
    generation.init_app(app)
    cited_sections.init_app(app)
    pruning.init_app(app, PRUNERS)
    background.init_app(app, JOBS)
    app.cli.add_command(ContentGroup())
    ratelimit_cli.init_app(app, find_account=auth_service.find_account)
    app.cli.add_command(mail_commands)
    app.cli.add_command(audit_cli.audit)
    app.cli.add_command(recommendations_cli.recommendations_commands)
    app.cli.add_command(web_cli.read_only_command)
    app.cli.add_command(accounts_cli.accounts_commands)
    for group in (gaps_commands, answers_commands, testset_commands, owners_commands):
        app.cli.add_command(group)
    app.cli.add_command(server_cli.prune)
    app.cli.add_command(server_cli.seed_users)
    for command in (backup_cli.backup, backup_cli.restore, backup_cli.move, backup_cli.backup_key):
        app.cli.add_command(command)
    return app


def _serves() -> bool:
    """Tell whether the application is made for readers, and not for a command such as `flask db upgrade`."""
    command = click.get_current_context(silent=True)
    return command is None or command.info_name in SERVING_COMMANDS
