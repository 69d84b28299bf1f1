#include "core/fetch/offer.h"

#include "core/fetch/http.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

namespace athanor::fetch {

namespace {

constexpr qint64 kListingLimit = qint64(64) << 20;
constexpr qint64 kAdapterConfigLimit = qint64(1) << 20;
constexpr qsizetype kMostFiles = 100000;
constexpr qint64 kLargestFile = qint64(1) << 46;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isHash(const QString &text, qsizetype digits)
{
    return text.size() == digits && std::all_of(text.begin(), text.end(), [](QChar c) {
        return (c >= QLatin1Char('0') && c <= QLatin1Char('9')) || (c >= QLatin1Char('a') && c <= QLatin1Char('f'));
    });
}

RemoteFile fileFrom(const QJsonObject &entry)
{
    RemoteFile file;
    file.name = entry.value(QLatin1String("rfilename")).toString();
    const QJsonObject large = entry.value(QLatin1String("lfs")).toObject();
    file.bytes = entry.value(QLatin1String("size")).toInteger(large.value(QLatin1String("size")).toInteger(-1));
    if (file.bytes > kLargestFile)
        file.bytes = -1;
    for (const char *key : {"sha256", "oid"})
        if (const QString hash = large.value(QLatin1String(key)).toString(); isHash(hash, 64))
            file.sha256 = hash;
    if (const QString blob = entry.value(QLatin1String("blobId")).toString(); file.sha256.isEmpty() && large.isEmpty() && isHash(blob, 40))
        file.gitSha1 = blob;
    return file;
}

// "license:apache-2.0" among the tags, or the card's entry; several are joined.
QString licenceFrom(const QJsonObject &object)
{
    const QJsonValue card = object.value(QLatin1String("cardData")).toObject().value(QLatin1String("license"));
    QStringList found;
    for (const QJsonValue &one : card.isArray() ? card.toArray() : QJsonArray{card})
        if (one.isString())
            found += one.toString();
    if (found.isEmpty())
        for (const QJsonValue &tag : object.value(QLatin1String("tags")).toArray())
            if (tag.toString().startsWith(QLatin1String("license:")))
                found += tag.toString().mid(8);
    if (found == QStringList{QStringLiteral("other")})
        found = {object.value(QLatin1String("cardData")).toObject().value(QLatin1String("license_name")).toString(QStringLiteral("other"))};
    return found.join(QStringLiteral(", ")).left(200);
}

QUrl below(const QUrl &hub, const QString &path)
{
    QUrl url = hub;
    url.setPath(hub.path(QUrl::FullyEncoded) + path, QUrl::TolerantMode);  // `path` is encoded already
    return url;
}

// The licence of a plain address is unknown; its size and hash are what the answer's head says.
Result<Offer> readFile(HttpClient &client, Offer offer)
{
    ATHANOR_ASSIGN(const Answer answer, client.head(offer.parsed.url));
    if (answer.status != 200 && answer.status != 405 && answer.status != 501)  // some servers know no HEAD
        return refusedBy(answer);
    RemoteFile file{offer.parsed.file, -1, {}, {}, offer.parsed.url};
    bool isNumber = false;
    const QByteArray size = answer.header(answer.headers.contains("x-linked-size") ? "x-linked-size" : "content-length");
    if (const qint64 bytes = size.toLongLong(&isNumber); isNumber && answer.status == 200 && bytes > 0 && bytes < kLargestFile)
        file.bytes = bytes;
    if (const QString hash = QString::fromUtf8(answer.header("x-linked-etag")).remove(QLatin1Char('"')); isHash(hash, 64))
        file.sha256 = hash;
    const QString ending = file.name.section(QLatin1Char('.'), -1).toLower();
    if (ending != QLatin1String("gguf"))
        return fail(ErrorCode::Unsupported, tr("“%1” is not a model in one file.").arg(file.name),
                    tr("A plain address must name a GGUF file; a model of several files is named by its repository “owner/name”."));
    offer.format = ending;
    offer.files = {file};
    return offer;
}

// The model that an adapter stands on, from its configuration; a method that cannot be read is said before the download.
Result<QString> readBase(HttpClient &client, const QUrl &configuration)
{
    ATHANOR_ASSIGN(const QByteArray body, client.get(configuration, kAdapterConfigLimit));
    const QJsonDocument document = QJsonDocument::fromJson(body);
    if (!document.isObject())
        return fail(ErrorCode::Corrupt, tr("The repository's adapter_config.json is no JSON object."), tr("Tell its makers; it cannot be used."));
    const QString method = document.object().value(QLatin1String("peft_type")).toString();
    if (method != QLatin1String("LORA"))
        return fail(ErrorCode::Unsupported, tr("The repository holds an adapter of the kind “%1”.").arg(method.left(60)),
                    tr("Adapters that can be brought in: LoRA, rsLoRA and DoRA."));
    return document.object().value(QLatin1String("base_model_name_or_path")).toString().left(500);
}

}  // namespace

Result<Listing> parseListing(const QByteArray &json)
{
    const QJsonDocument document = QJsonDocument::fromJson(json);
    const QJsonValue siblings = document.object().value(QLatin1String("siblings"));
    if (!document.isObject() || !siblings.isArray())
        return fail(ErrorCode::Corrupt, tr("The hub's answer is not a list of files."), tr("Check the hub's address in the settings."));
    if (siblings.toArray().size() > kMostFiles)
        return fail(ErrorCode::LimitExceeded, tr("The repository lists %1 files.").arg(siblings.toArray().size()));
    Listing listing;
    listing.revision = document.object().value(QLatin1String("sha")).toString().left(100);
    listing.licence = licenceFrom(document.object());
    listing.parameters = document.object().value(QLatin1String("safetensors")).toObject().value(QLatin1String("total")).toInteger(-1);
    for (const QJsonValue &entry : siblings.toArray())
        if (const RemoteFile file = fileFrom(entry.toObject()); isSafeName(file.name))
            listing.files += file;
    return listing;
}

Result<Offer> readOffer(HttpClient &client, const QString &address, const QString &wanted, const QUrl &hub)
{
    Offer offer;
    offer.address = address;
    ATHANOR_ASSIGN(offer.parsed, parseAddress(address, hub));
    if (!offer.parsed.isRepository())
        return readFile(client, offer);
    const QString &repository = offer.parsed.repository;
    QUrl question = below(hub, QStringLiteral("/api/models/%1/revision/%2").arg(repository, QString(offer.parsed.revision).replace(QLatin1Char('/'), QLatin1String("%2F"))));
    question.setQuery(QStringLiteral("blobs=true"));
    ATHANOR_ASSIGN(const QByteArray body, client.get(question, kListingLimit));
    ATHANOR_ASSIGN(Listing listing, parseListing(body));
    const QString revision = isHash(listing.revision, 40) ? listing.revision : offer.parsed.revision;
    for (RemoteFile &file : listing.files)  // of the commit: a branch that moves meanwhile does not mix two versions
        file.url = below(hub, QStringLiteral("/%1/resolve/%2/%3").arg(repository, revision, file.name));
    ATHANOR_ASSIGN(const Selection selection, selectFiles(listing.files, wanted.isEmpty() ? offer.parsed.file : wanted));
    offer.revision = revision;
    offer.licence = listing.licence;
    offer.parameters = listing.parameters;
    offer.format = selection.format;
    offer.files = selection.files;
    offer.choices = selection.choices;
    if (offer.format == QLatin1String("adapter")) {
        ATHANOR_ASSIGN(offer.base, readBase(client, offer.files.first().url));
        offer.parameters = -1;  // what the hub counts may be the base's
    }
    return offer;
}

QJsonObject toJson(const Offer &offer, const Fit &fit)
{
    const auto list = [](const QList<RemoteFile> &files) {
        QJsonArray array;
        for (const RemoteFile &file : files)
            array += QJsonObject{{QStringLiteral("name"), file.name}, {QStringLiteral("bytes"), file.bytes}, {QStringLiteral("sha256"), file.sha256}};
        return array;
    };
    return {{QStringLiteral("address"), offer.address}, {QStringLiteral("repository"), offer.parsed.repository},
            {QStringLiteral("revision"), offer.revision}, {QStringLiteral("format"), offer.format}, {QStringLiteral("base"), offer.base}, {QStringLiteral("licence"), offer.licence},
            {QStringLiteral("parameters"), offer.parameters}, {QStringLiteral("files"), list(offer.files)}, {QStringLiteral("choices"), list(offer.choices)},
            {QStringLiteral("bytes"), offer.bytes()}, {QStringLiteral("fits"), fit.fits}, {QStringLiteral("fitsText"), fit.text},
            {QStringLiteral("freeDiskBytes"), fit.freeDiskBytes}, {QStringLiteral("memoryBytes"), fit.memoryBytes}};
}

}  // namespace athanor::fetch
