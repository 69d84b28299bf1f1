// What an address offers, and which of its files are needed. Thread: values and pure functions; readOffer() asks the server.
#pragma once

#include "core/fetch/address.h"

#include <QJsonObject>
#include <QList>

namespace athanor::fetch {

class HttpClient;

struct RemoteFile {
    QString name;         // below the download's folder
    qint64 bytes = -1;    // -1: the server does not say
    QString sha256;       // lower-case hexadecimal; empty: the server does not say
    QString gitSha1;      // of "blob <bytes>\0" and the contents, where there is no SHA-256
    QUrl url;
};

struct ATHANOR_EXPORT Offer {
    QString address;      // as asked for
    ModelAddress parsed;
    QString revision;     // the commit that the server names; empty for a plain address
    QString format;       // "huggingface", "pytorch", "gguf", "safetensors", "adapter" (of PEFT)
    QString base;         // of an adapter: the model that it stands on, as its maker named it
    QString licence;      // empty: the server does not say
    qint64 parameters = -1;
    QList<RemoteFile> files;    // needed
    QList<RemoteFile> choices;  // GGUF files of which one must be named
    qint64 bytes() const;       // of `files`; unknown ones count nothing
};

/// The files of a repository that a model needs: configuration, tokenizer and templates, and the weights in the first of
/// safetensors, PyTorch, GGUF that is there; of an adapter without a model its configuration and weights. `wanted`: the
/// GGUF file that was asked for, or empty.
/// Errors: NotFound (no weights; no such file), Unsupported (weights in formats that are not read).
struct Selection {
    QString format;
    QList<RemoteFile> files;
    QList<RemoteFile> choices;
};
ATHANOR_EXPORT Result<Selection> selectFiles(const QList<RemoteFile> &all, const QString &wanted);

/// The hub's answer for a repository (/api/models/…?blobs=true). Files whose names are not safe are left out.
/// Errors: Corrupt, LimitExceeded.
struct Listing {
    QString revision, licence;
    qint64 parameters = -1;
    QList<RemoteFile> files;
};
ATHANOR_EXPORT Result<Listing> parseListing(const QByteArray &json);

/// Asks the server. `wanted` as for selectFiles().
ATHANOR_EXPORT Result<Offer> readOffer(HttpClient &client, const QString &address, const QString &wanted, const QUrl &hub);

/// Whether it fits here, in numbers and in words.
struct Fit {
    bool fits = false;
    QString text;
    qint64 freeDiskBytes = 0, memoryBytes = 0;
};
ATHANOR_EXPORT Fit fitOf(const Offer &offer, qint64 freeDiskBytes, qint64 memoryBytes);

/// The result of a `lookup` job (workbench::Workbench::offerFrom() reads it).
ATHANOR_EXPORT QJsonObject toJson(const Offer &offer, const Fit &fit);

}  // namespace athanor::fetch
