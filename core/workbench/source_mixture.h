// The sources of a dataset, and in what shares a run reads them: what the training form and plans show of a mixture.
// Role: names, sizes and passes before the run; the run itself counts exactly. Thread: the main thread.
#pragma once

#include "core/model/architecture.h"
#include "core/model/mixture.h"
#include "core/project/project.h"

namespace athanor::workbench {

/// A source with its part of what a dataset trains on.
struct DatasetSource {
    QString id, name, location;
    qint64 documents = 0;
    qint64 bytes = 0;  // of text; of datasets made before sources were counted, of the files
};

/// How people call each source of the project: the last parts of its place, as `source list` shows it. By id.
ATHANOR_EXPORT QHash<QString, QString> sourceNames(const project::Project &project);
/// Of a dataset's training part, largest first.
ATHANOR_EXPORT Result<QList<DatasetSource>> datasetSources(const project::Project &project, const project::Dataset &dataset);
ATHANOR_EXPORT QList<model::SourceName> namesOf(const QList<DatasetSource> &sources);

/// Of a tokenizer, by name; the usual where it is not known.
ATHANOR_EXPORT double bytesPerToken(const project::Project &project, const QString &tokenizer);

/// What a run of `tokens` tokens reads of each source. `bytesPerToken` of its tokenizer.
struct MixturePlan {
    QList<DatasetSource> sources;
    model::Mixture mixture;
    std::vector<double> tokens;  // of each source
    std::vector<double> shares;  // of what the run reads
    std::vector<double> passes;
};
/// InvalidInput where the settings name no mixture of these sources.
ATHANOR_EXPORT Result<MixturePlan> planMixture(const QList<DatasetSource> &sources, const QJsonObject &settings, double bytesPerToken, double tokens);

/// What is read when: refuses what does not go with the run, and adds what people should know to the plan.
Status addMixture(const project::Project &project, const project::Dataset &dataset, const QJsonObject &settings, double bytesPerToken, model::Plan &plan);
Status checkReading(const QJsonObject &settings, const QJsonObject &teaching, const QJsonObject &architecture);
/// "sources" of a training job, where its settings name some: [{"id", "name"}].
Result<QJsonObject> mixtureParameters(const project::Project &project, const project::Dataset &dataset, const QJsonObject &settings);
/// The same for a dataset that is still to be made, of all sources of the project; refuses names that are none.
Status addMixtureParameters(const project::Project &project, const QJsonObject &settings, QJsonObject &parameters);

}  // namespace athanor::workbench
