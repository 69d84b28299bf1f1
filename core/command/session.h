// What a verb works with: its arguments, the plugins, the project (opened when asked for) and the two outputs.
// Role: people's text and progress go to standard error or, when they are the answer, to standard output;
// with --json standard output carries one JSON object (streaming verbs: one a line) and nothing else.
#pragma once

#include "core/command/arguments.h"
#include "core/workbench/workbench.h"

namespace athanor::command {

class ATHANOR_EXPORT Session {
public:
    Session(plugin::Catalogue &plugins, QString projectPath, bool json);

    Arguments arguments;

    plugin::Catalogue &plugins() { return *m_plugins; }
    bool isJson() const { return m_json; }
    const QString &projectPath() const { return m_projectPath; }
    void setProjectPath(const QString &path);
    /// The project of --project, of ATHANOR_PROJECT, or the current folder.
    Result<workbench::Workbench *> workbench();

    /// A line of the answer for people; dropped with --json.
    void print(const QString &line) const;
    /// A table for people, columns aligned; dropped with --json.
    void printTable(const QStringList &head, const QList<QStringList> &rows) const;
    /// One JSON object on standard output, only with --json.
    void emitJson(const QJsonObject &object) const;
    /// A note for people on standard error.
    void note(const QString &line) const;

    /// Waits for the end of a job, showing progress on standard error. Returns its result object.
    /// An interrupt asks the job to stop (CancelJob) or leaves it running (LeaveJob); both return Cancelled.
    enum class OnInterrupt { CancelJob, LeaveJob };
    Result<QJsonObject> follow(job::Folder folder, OnInterrupt onInterrupt);

private:
    plugin::Catalogue *m_plugins;
    QString m_projectPath;
    bool m_json;
    std::unique_ptr<workbench::Workbench> m_workbench;
};

/// True after Ctrl-C. installInterruptHandler() is called once by the program.
ATHANOR_EXPORT void installInterruptHandler();
ATHANOR_EXPORT bool isInterrupted();

}  // namespace athanor::command
