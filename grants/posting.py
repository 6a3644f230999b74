"""Who takes the service's letters: a folder, a mail server or GOV.UK Notify, as the settings say."""

from uuid import UUID

from grants.actions.notices import Desk
from grants.domain.letters import Letterhead
from grants.installation import data_dir
from grants.mail.folder import Folder
from grants.mail.notify import Notify
from grants.mail.postman import Postman
from grants.mail.smtp import MailServer, Security, Server
from grants.mail.transport import Transport
from grants.settings import Settings
from grants.store.transaction import Gate
from reports.catalogue import offers


def postman(settings: Settings, gate: Gate, key: bytes) -> Postman:
    """The postman. Letters to example people go to the folder, whatever the settings say. Raises Invalid."""
    head = Letterhead(settings.base_url.rstrip("/"), settings.contact, settings.service_name)
    sender = settings.mail_from or f"no-reply@{head.host}"
    folder = settings.mail_folder or data_dir(settings) / "outbox"
    transports: dict[str, Transport] = {"folder": Folder(folder, sender)}
    if settings.mail == "smtp":
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
        server = Server(
            settings.smtp_host, settings.smtp_port, Security(settings.smtp_security), settings.smtp_user, password
        )
        transports["smtp"] = MailServer(server, sender)
    elif settings.mail == "notify" and settings.notify_key is not None:
        template = settings.notify_template or UUID(int=0)
        transports["notify"] = Notify(settings.notify_key.get_secret_value(), template, settings.notify_url)
    sights = {offer.name: offer.sight for offer in offers().values() if offer.sight is not None}
    return Postman(
        gate,
        Desk(head, key, settings.mail, "folder", sights=sights),
        transports,
        every_seconds=settings.wake_seconds,
        address_days=settings.address_days,
    )
