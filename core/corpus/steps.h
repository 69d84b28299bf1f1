// The methods of a recipe: cleaners change a text, filters judge it, deduplicators find copies. Plugins of the kinds
// "cleaner", "filter", "deduplicator". Each makes a run for one pass over one collection of documents.
// Thread: observe(), clean() and judge() are called from many threads at once; the rest from one.
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QJsonObject>
#include <QMap>
#include <QtPlugin>

#include <memory>
#include <vector>

namespace athanor::corpus {

struct DocumentView {
    qint64 index = 0;                        // 0 … count - 1, in id order
    QByteArray text;                         // valid UTF-8
    int source = 0;                          // number of the source
    QString path;
    QString language;                        // of the text as it was read
    const QMap<QString, double> *facts = nullptr;  // what the reader measured; never null
};

class CleanerRun {
public:
    virtual ~CleanerRun() = default;
    /// True: all documents are shown to observe() before the first clean().
    virtual bool mustObserve() const { return false; }
    virtual void observe(const DocumentView &) {}
    virtual void endObservation() {}
    virtual QByteArray clean(const DocumentView &document) const = 0;
};

class Cleaner {
public:
    virtual ~Cleaner() = default;
    virtual Result<std::unique_ptr<CleanerRun>> start(const QJsonObject &settings) const = 0;
};

/// Numbers by name ("words"); one that says nothing of a text is absent.
using Signals = QMap<QString, double>;

struct Judgement {
    bool keep = true;
    QString rule;                     // "too_short": counted together
    QString title;                    // "Too short"
    QString detail;                   // "12 words (at least 20)"
};

/// What is measured is kept per text, whether the document stays or not, and taken from there when the text is judged
/// again; plugin.json names it under "signals" (signal_declarations.h).
class FilterRun {
public:
    virtual ~FilterRun() = default;
    /// Depends on the text, its language and the settings that limit no signal; on nothing else of the document.
    virtual Signals measure(const DocumentView &document) const = 0;
    /// The limits, applied to what measure() returned for a text and to what its reader measured.
    virtual Judgement judge(const Signals &measured, const Signals &facts) const = 0;
};

class Filter {
public:
    virtual ~Filter() = default;
    virtual Result<std::unique_ptr<FilterRun>> start(const QJsonObject &settings) const = 0;
};

/// Document `index` is a copy of `original` (the smallest index of its cluster), which stays.
struct Duplicate {
    qint64 index = 0;
    qint64 original = 0;
    QString detail;                   // "same text as %1"; %1 becomes the original's path
};

class DeduplicatorRun {
public:
    virtual ~DeduplicatorRun() = default;
    virtual void observe(const DocumentView &document) = 0;
    /// In index order.
    virtual std::vector<Duplicate> duplicates() = 0;
};

class Deduplicator {
public:
    virtual ~Deduplicator() = default;
    /// `documentCount`: indexes given to observe() are below it.
    virtual Result<std::unique_ptr<DeduplicatorRun>> start(const QJsonObject &settings, qint64 documentCount) const = 0;
};

}  // namespace athanor::corpus

Q_DECLARE_INTERFACE(athanor::corpus::Cleaner, "athanor.Cleaner/1")
Q_DECLARE_INTERFACE(athanor::corpus::Filter, "athanor.Filter/2")
Q_DECLARE_INTERFACE(athanor::corpus::Deduplicator, "athanor.Deduplicator/1")
