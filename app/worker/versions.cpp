#include "app/worker/versions.h"

#include "core/base/locations.h"
#include "core/job/context.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QLibrary>

#include <cstdio>

namespace athanor::worker {

namespace {

int printFrom(const char *symbol)
{
    QLibrary library(moduleFolder() + QLatin1Char('/') + QLatin1String(job::kTensorModuleName) + QStringLiteral(".so"));
    using Facts = void (*)(QJsonObject *);
    const auto facts = reinterpret_cast<Facts>(library.resolve(symbol));
    if (!facts) {
        std::fprintf(stderr, "%s\n", qUtf8Printable(library.errorString()));
        return 1;
    }
    QJsonObject object;
    facts(&object);
    std::puts(QJsonDocument(object).toJson(QJsonDocument::Compact).constData());
    return 0;
}

}  // namespace

int printVersions() { return printFrom(job::kTensorFactsSymbol); }

int printProbe() { return printFrom(job::kTensorProbeSymbol); }

}  // namespace athanor::worker
