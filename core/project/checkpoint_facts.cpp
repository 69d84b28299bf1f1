// See checkpoint_facts.h.
#include "core/project/checkpoint_facts.h"

#include "core/base/atomic_file.h"

namespace athanor::project {

QSet<QString> meansAmong(const QList<Checkpoint> &checkpoints, const QString &projectPath)
{
    QSet<QString> means;
    for (const Checkpoint &checkpoint : checkpoints) {
        const auto state = readJsonFile(projectPath + QLatin1Char('/') + checkpoint.path + QStringLiteral("/state.json"));
        if (state && state->value(QLatin1String("holdsAverage")).toBool())
            means.insert(checkpoint.path);
    }
    return means;
}

}  // namespace athanor::project
