"""What we say and how: the voices of the themes, the sentences of letters, and the outbox of mails."""

from django.db import models
from django.db.models import Q


class Voice(models.Model):
    """How one theme speaks in one language: its villain, its hero, and the drawing on the page."""

    key = models.CharField(max_length=40, help_text="The name of the voice's file, such as star-wars.")
    language = models.CharField(max_length=8)
    theme_names = models.JSONField(
        default=list, help_text="Themes that speak so, as the catalogue names them. Sub-themes inherit."
    )
    villain = models.CharField(max_length=80)
    hero = models.CharField(max_length=80)
    ornament = models.CharField(max_length=40)
    accent = models.CharField(max_length=7, help_text="The colour of ornament and rules, as #rrggbb.")
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "language"], name="voice_once_per_language"),
        ]
        ordering = ["language", "key"]

    def __str__(self) -> str:
        return f"{self.key} ({self.language})"


class Sentence(models.Model):
    """One alternative for one passage of a letter (`slot`), in one language. Without a voice it serves all of them.

    The passages are a closed list (`notifications.letters.passages`), and so are the placeholders of a text.
    """

    voice = models.ForeignKey(
        Voice, null=True, blank=True, on_delete=models.CASCADE, related_name="sentences"
    )
    language = models.CharField(max_length=8)
    slot = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["voice", "slot", "position"],
                condition=Q(voice__isnull=False),
                name="sentence_once_per_voice",
            ),
            models.UniqueConstraint(
                fields=["language", "slot", "position"],
                condition=Q(voice__isnull=True),
                name="sentence_once_per_language",
            ),
        ]
        ordering = ["language", "voice_id", "slot", "position"]

    def __str__(self) -> str:
        return f"{self.slot} {self.position} ({self.language})"


class Message(models.Model):
    """One mail in the outbox: the text as it was rendered, and its state.

    `reference` names whose mail it is, in the caller's terms; erasing uses it. `key` makes it harmless to request the
    same mail twice. `address_key` is the mailbox by which mails are counted, `hold_reason` why one waits for a person
    (`notifications.mail.bounds`). `message_id` is made with the row, so that a mail sent twice is recognised as one.
    `provider_id` is the mail provider's own id for the mail, which it names when it reports a bounce.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        BOUNCED = "bounced"
        FAILED = "failed"
        HELD = "held"

    class Hold(models.TextChoices):
        """Why a mail waits until a person sends it."""

        MANY_IN_HOUR = "many_in_hour"
        MANY_IN_DAY = "many_in_day"

    reference = models.CharField(max_length=64, db_index=True)
    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=30)
    language = models.CharField(max_length=8)
    to_email = models.EmailField(max_length=254)
    address_key = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=300)
    body = models.TextField(max_length=20_000)
    html_body = models.TextField(max_length=60_000, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    in_reply_to = models.CharField(max_length=120, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    hold_reason = models.CharField(max_length=20, choices=Hold.choices, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "bounced", "failed", "held"]),
                name="message_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="message_sent_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | ~Q(hold_reason=""), name="message_held_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["address_key", "created_at"], name="message_by_mailbox"),
            models.Index(fields=["created_at"], condition=Q(state="held"), name="message_held"),
            models.Index(
                fields=["created_at"], condition=Q(state__in=["failed", "bounced"]), name="message_lost"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.reference}"


class Alarm(models.Model):
    """A trouble that leads were mailed about: since when it lasts, when they last read of it, and when it was over."""

    name = models.CharField(max_length=60, unique=True)
    since = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
