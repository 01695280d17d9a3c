"""The application: one factory for Telegram, the local server and the tests, and every handler in order."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from telegram import Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.access import admission, admitting, gate, groups, limit_hits, limiting
from bot.answers import (
    another_round,
    asking,
    citing,
    comparing,
    copying,
    editing,
    inline,
    picturing,
    timelines,
    verifying,
)
from bot.audit.noting import take_library
from bot.backup.store_copies import StoreCopies, file_of
from bot.corrections.corrector import Corrector
from bot.documents import cataloguing, correcting, newly, rolling_back, uploads, withdrawing
from bot.documents import reload_command as administering
from bot.documents.reload_runs import ReloadRuns
from bot.documents.watching import Watcher
from bot.feedback import judging as feedback
from bot.menus import set_menus
from bot.messages import pressing
from bot.messages.conversation import Place
from bot.opening import open_extractor
from bot.outbox import unclear
from bot.outbox.pacing import Pace, PacedLimiter
from bot.outbox.worker import Outbox
from bot.preferences import personal, preferring
from bot.rounds import showing as rounds
from bot.rounds import summarising
from bot.running.connections import BoundedRequest
from bot.running.inbox import ChatByChat, KeepingBot, open_updates, waiting_updates
from bot.running.logs import current_request, request_id
from bot.running.postponed import Undelivered
from bot.running.stopping import Steps
from bot.services import BotApplication, Context, Services
from bot.subscriptions import approving, subscribing
from bot.subscriptions.announcing import Announcer, take_arrivals
from corpus.database import DatabaseError
from corpus.drafts import Drafts

_LOG = logging.getLogger(__name__)
_WEEK = 7 * 24 * 3600.0
_MONTHS = 90 * 24 * 3600.0
_MENU_SECONDS = 5.0
# So often an update that the store was not ready for is put off before its sender is told that it failed.
_TRIES = 3
_END_SECONDS = 10.0
_CONNECTIONS = 64
_DOCUMENT_BUTTONS = (
    (preferring.button, r"^st:(?:[lanqs]?|[lan]:(?:-|[a-z]{2,14}|[1-5])|q:(?:-|\d{4}))$"),
    (uploads.button, r"^up:[0-9a-f]{10}:[pxs]$"),
    (correcting.button, r"^(?:up:[0-9a-f]{10}|do:[0-9a-f]{8}):(?:[clu]|[fkl]\d{1,2})$"),
    (cataloguing.button, r"^do:[0-9a-f]{8}:[soh]$"),
    (withdrawing.button, r"^do:[0-9a-f]{8}:[wrez]$"),
    (unclear.button, r"^ob:\d{1,15}:[as]$"),
    (summarising.round_button, r"^sr:[0-9a-f]{8}$"),
    (summarising.file_button, r"^sf:[0-9a-f]{8}:[ph]$"),
    (approving.button, r"^rl:\d{1,12}:\d{1,6}:[sd]$"),
    (subscribing.new_button, r"^sn:(?:0|[0-9a-f]{8})$"),
    (
        subscribing.button,
        r"^sb:[0-9a-f]{8}:(?:[plwdhbtzsre]|p(?:0|[0-9a-f]{8})|l[a-z]{2}|w[adw]|d[0-6]|h(?:[01]\d|2[0-3]))$",
    ),
    (rounds.button, r"^ro:\d{1,3}:[0-9a-f]{8}:[smdpu]$"),
    (rounds.page_button, r"^rp:(?:-|[0-9a-f]{8}):\d{1,6}$"),
    (cataloguing.page_button, r"^ls:[0-9a-f]{8}:\d{1,6}$"),
    (admission.request_button, r"^rq:(?:[dgre]:\d{1,15}|[r]:-\d{1,15}|c\d:-\d{1,15})$"),
    (admitting.page_button, r"^pl:\d{1,6}$"),
    (admitting.person_button, r"^pe:-?\d{1,15}(?::(?:[aedgsux]|c\d))?$"),
)
ALLOWED_UPDATES = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
)


class _Guarded(Application[Any, Context, dict[Any, Any], dict[Any, Any], dict[Any, Any], Any]):
    """PTB's application, in which an update ends at the first failure, and no chat or person that wrote is noted."""

    __slots__ = ()

    async def process_error(self, update: object, error: Exception, *given: Any, **named: Any) -> bool:
        """Have the error handled, and always stop there.

        PTB would go on with the next group of handlers: past the gate, where that is what failed.
        """
        await super().process_error(update, error, *given, **named)
        return True

    def _mark_for_persistence_update(self, **_: object) -> None:
        """Note nothing; that is for a persistence."""


def build_application(
    services: Services, token: str, *, base_url: str | None = None, base_file_url: str | None = None
) -> BotApplication:
    """The bot with all its handlers; the addresses are those of another Bot API server, in PTB's form."""
    addresses = {"base_url": base_url, "base_file_url": base_file_url}
    pace = Pace(services.clock.now)
    bot = KeepingBot(
        services,
        token,
        rate_limiter=PacedLimiter(pace, services.metrics.telegram_failed),
        request=BoundedRequest(_CONNECTIONS),
        get_updates_request=BoundedRequest(1),
        **{name: url for name, url in addresses.items() if url},
    )
    processor = ChatByChat(services)
    application: BotApplication = (
        Application.builder()
        .application_class(_Guarded)
        .bot(bot)
        .context_types(ContextTypes(context=Context))
        .concurrent_updates(processor)
        .post_init(_begin)
        .post_stop(_end)
        .build()
    )
    application.bot_data["services"] = services
    services.metrics.updates_waiting.set_function(partial(waiting_updates, application))
    application.bot_data["limits"] = limiting.Limits(services)
    application.bot_data["turns"] = processor.turns
    outbox = Outbox(services, bot, pace=pace, tell=partial(unclear.tell_admins, services, bot))
    application.bot_data["outbox"] = outbox
    application.bot_data["corrector"] = Corrector(services, bot, outbox.wake)
    _register(application)
    return application


def _register(application: BotApplication) -> None:
    """The gate, and behind it every handler, in the order in which they are tried."""
    application.add_handler(TypeHandler(Update, gate.gate), group=-1)
    message = filters.UpdateType.MESSAGE
    private, group = filters.ChatType.PRIVATE, filters.ChatType.GROUPS
    commands = {
        "start": asking.start,
        "help": asking.help_command,
        "ask": asking.ask,
        "verify": verifying.verify_command,
        "compare": comparing.compare_command,
        "timeline": timelines.timeline_command,
        "since": newly.since_command,
        "documents": cataloguing.documents,
        "document": cataloguing.document,
        "rounds": rounds.rounds_command,
        "round": rounds.round_command,
        "withdraw": withdrawing.withdraw,
        "restore": withdrawing.restore,
        "erase": withdrawing.erase,
        "summary": summarising.summary,
        "subscribe": subscribing.subscribe,
        "subscription": subscribing.subscriptions,
        "subscriptions": subscribing.subscriptions,
        "unsubscribe": subscribing.unsubscribe,
        "proposals": approving.proposals,
        "reload": administering.reload,
        "cancel": administering.cancel,
        "rollback": rolling_back.rollback,
        "cite": citing.cite,
        "outbox": unclear.outbox,
        "feedback": feedback.feedback_command,
        "limits": limit_hits.limits_command,
        "new": asking.new,
        "settings": preferring.settings,
        "language": preferring.language,
        "mydata": personal.mydata,
        "forget": personal.forget,
        "people": admitting.people_command,
        "invite": admitting.invite_command,
    }
    for name, handler in commands.items():
        application.add_handler(CommandHandler(name, handler, filters=message))
    application.add_handler(CallbackQueryHandler(asking.context_button, pattern=r"^c:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(asking.document_button, pattern=r"^d:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(asking.more_button, pattern=r"^[mn]:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(asking.lift_button, pattern=r"^l:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(copying.copy_button, pattern=r"^y:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(asking.alone_button, pattern=r"^a:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(another_round.choose_button, pattern=r"^or:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(another_round.round_button, pattern=r"^o:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(feedback.verdict_button, pattern=r"^u:[0-9a-f]{10}:[012]$"))
    application.add_handler(CallbackQueryHandler(feedback.source_button, pattern=r"^w:[0-9a-f]{10}:[0-9]{1,3}$"))
    application.add_handler(CallbackQueryHandler(feedback.file_button, pattern=r"^fb:file$"))
    application.add_handler(CallbackQueryHandler(personal.forget_button, pattern=r"^fg:yes$"))
    application.add_handler(CallbackQueryHandler(picturing.page_button, pattern=r"^p:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(citing.now_button, pattern=r"^v:[0-9a-f]+:\d+$"))
    application.add_handler(CallbackQueryHandler(rolling_back.confirmed, pattern=r"^r:[0-9a-f]+$"))
    for handler, pattern in _DOCUMENT_BUTTONS:
        application.add_handler(CallbackQueryHandler(handler, pattern=pattern))
    application.add_handler(CallbackQueryHandler(pressing.no_longer))
    application.add_handler(MessageHandler(message & private & filters.COMMAND, asking.unknown_command))
    forwarded = filters.FORWARDED & (filters.TEXT | filters.CAPTION) & ~filters.Document.ALL
    application.add_handler(MessageHandler(message & private & forwarded, verifying.forwarded))
    application.add_handler(MessageHandler(message & private & filters.TEXT, subscribing.text))
    application.add_handler(MessageHandler(message & group & filters.StatusUpdate.MIGRATE, groups.migrated))
    worded = filters.TEXT | filters.CAPTION
    application.add_handler(MessageHandler(message & group & worded & ~filters.COMMAND, subscribing.text))
    application.add_handler(MessageHandler(message & private & filters.Document.ALL, uploads.document))
    application.add_handler(MessageHandler(message & private & filters.CAPTION, asking.private_text))
    application.add_handler(MessageHandler(message & private & ~filters.StatusUpdate.ALL, asking.not_text))
    application.add_handler(MessageHandler(filters.UpdateType.EDITED_MESSAGE, editing.edited))
    application.add_handler(InlineQueryHandler(inline.inline))
    application.add_handler(ChatMemberHandler(groups.membership, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_error_handler(_failed)


async def _begin(application: BotApplication) -> None:
    """After the bot is known to Telegram and before it polls: replay, announce, start the outbox, set the menus."""
    services: Services = application.bot_data["services"]
    await services.run(services.store.forget_updates_of_age, _WEEK)
    await services.run(services.store.audit.keep_for, services.settings.audit_days)
    await services.run(take_library, services)
    await services.run(services.store.outbox.forget_of_age, _MONTHS)
    await services.run(Drafts(services.library).forget_old)
    for update in await open_updates(services, application.bot):
        await application.update_queue.put(update)
    services.postponed.start(services, application.bot, application.update_queue.put)
    await services.run(take_arrivals, services)
    outbox: Outbox = application.bot_data["outbox"]
    announcer = Announcer(services, application.bot.username, outbox)
    application.bot_data["announcer"] = announcer
    outbox.recompose = announcer.recompose
    await outbox.start()
    announcer.start()
    application.bot_data["corrector"].start()
    services.reloads.start(ReloadRuns(services, application.bot, outbox, announcer), services.metrics.reloaded)
    application.bot_data.setdefault("painter", open_extractor(services.settings))
    application.bot_data["watcher"] = Watcher(services, application.bot)
    application.bot_data["watcher"].start()
    application.bot_data["copies"] = StoreCopies(services, file_of(services.store.database))
    application.bot_data["copies"].start()
    if "menus" not in application.bot_data:
        application.bot_data["menus"] = asyncio.create_task(set_menus(application.bot, services), name="menus")


async def _end(application: BotApplication) -> None:
    """While HTTP still lives: end the reload, let the outbox finish its message, and wait a little for the menus."""
    services: Services = application.bot_data["services"]
    steps, data, menus = Steps(), application.bot_data, application.bot_data["menus"]
    await asyncio.gather(
        steps.take("postponed", services.postponed.stop(), _END_SECONDS),
        steps.take("watching", data["watcher"].stop(), _END_SECONDS),
        steps.take("copies", data["copies"].stop(), _END_SECONDS),
        steps.take("intake", services.intake.close(services), _END_SECONDS),
        steps.take("reload", _end_reload(services), _END_SECONDS),
        steps.take("announcing", data["announcer"].stop(), _END_SECONDS),
        steps.take("correcting", data["corrector"].stop(), _END_SECONDS),
        steps.take("outbox", data["outbox"].stop(), _END_SECONDS),
        steps.take("painter", services.run(data["painter"].close), _END_SECONDS),
        asyncio.wait({menus}, timeout=_MENU_SECONDS),
    )
    menus.cancel()


async def _end_reload(services: Services) -> None:
    try:
        await services.reloads.stop()
    finally:
        await services.reloader.close()


async def _failed(update: object, context: Context) -> None:
    """Something failed: the log gets it whole, the person a reference to it, and never a word of the error.

    Where the network or the disk is what failed, the update is put off instead.
    """
    postponed = context.services.postponed
    if isinstance(update, Update) and isinstance(context.error, Undelivered):
        postponed.put(update.update_id, context.error.seconds)
        return
    if isinstance(update, Update) and isinstance(context.error, DatabaseError) and update.inline_query is None:
        _LOG.error("Update %s could not be dealt with: %s", update.update_id, context.error)
        if postponed.tries(update.update_id) < _TRIES:
            postponed.put(update.update_id)
            return
    reference = current_request() or request_id()
    _LOG.error("Update failed, reference %s", reference, exc_info=context.error)
    if isinstance(context.error, Forbidden | BadRequest) or not isinstance(update, Update):
        return
    if update.effective_message is None or update.effective_chat is None:
        return
    place = Place.of(update, context.services)
    try:
        await place.tell(
            context,
            place.say(
                "Something failed, and your message was not dealt with. Please try again; if it happens again, give "
                "an administrator the reference {reference}.",
                reference=reference,
            ),
        )
    except TelegramError as error:
        _LOG.error("Nor could that be said: %s", error)
    except (Undelivered, DatabaseError) as error:
        _LOG.warning("Nor could that be said yet: %s", error)
        postponed.put(update.update_id, error.seconds if isinstance(error, Undelivered) else 0.0)
