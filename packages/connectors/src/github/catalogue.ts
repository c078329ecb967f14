import { type Entry, readTable } from './table.ts'

/**
 * What can be called, by the names that GitHub’s own description has (`operationId`). `method path access permission`, then what
 * query (`?`) and body (`=`) may hold; `!` is required. Below `/repos/{owner}/{repo}`; `{x*}` is the rest of the path.
 * What a name has after a dot is how the call differs from the plain one.
 *
 * @see https://docs.github.com/en/rest
 */
const OPEN = `
repos/get                 GET /                          read  metadata:read
repos/get-content         GET /contents/{file*}          read  contents:read ?ref:ref
repos/create-or-update-file-contents PUT /contents/{file*} write contents:write =message:text! =content:base64! =sha:sha =branch:ref =committer:person =author:person
repos/create-or-update-file-contents.workflow PUT /contents/{file*} write,execute contents:write,workflows:write =message:text! =content:base64! =sha:sha =branch:ref =committer:person =author:person
repos/delete-file         DELETE /contents/{file*}       write contents:write =message:text! =sha:sha! =branch:ref =committer:person =author:person
repos/delete-file.workflow DELETE /contents/{file*}      write,execute contents:write,workflows:write =message:text! =sha:sha! =branch:ref =committer:person =author:person
repos/list-branches       GET /branches                  read  contents:read ?protected:truth
repos/get-branch          GET /branches/{ref}            read  contents:read
git/get-ref               GET /git/ref/{ref*}            read  contents:read
git/create-ref            POST /git/refs                 write contents:write =ref:ref! =sha:sha!
git/update-ref            PATCH /git/refs/{ref*}         write contents:write =sha:sha! =force:boolean
git/update-ref.force      PATCH /git/refs/{ref*}         write,delete contents:write =sha:sha! =force:boolean
git/delete-ref            DELETE /git/refs/{ref*}        delete contents:write
repos/list-commits        GET /commits                   read  contents:read ?sha:ref ?path:file ?author:name ?since:time ?until:time
repos/get-commit          GET /commits/{ref}             read  contents:read
repos/compare-commits-with-basehead GET /compare/{range} read  contents:read
repos/get-combined-status-for-ref GET /commits/{ref}/status read statuses:read
repos/create-commit-status POST /statuses/{sha}          write statuses:write =state:word! =target_url:url =description:line =context:line
pulls/list                GET /pulls                     read  pull_requests:read ?state:word ?head:head ?base:ref ?sort:word ?direction:word
pulls/get                 GET /pulls/{id}                read  pull_requests:read
pulls/list-files          GET /pulls/{id}/files          read  pull_requests:read
pulls/create              POST /pulls                    write pull_requests:write =title:line! =head:head! =base:ref! =body:text =draft:boolean =maintainer_can_modify:boolean
pulls/update              PATCH /pulls/{id}              write pull_requests:write =title:line =body:text =state:word =base:ref
pulls/merge               PUT /pulls/{id}/merge          write contents:write =commit_title:line =commit_message:text =sha:sha =merge_method:word
pulls/create-review       POST /pulls/{id}/reviews       write pull_requests:write =body:text =event:event! =commit_id:sha
issues/list-for-repo      GET /issues                    read  issues:read ?state:word ?labels:line ?sort:word ?direction:word ?since:time
issues/get                GET /issues/{id}               read  issues:read
issues/create             POST /issues                   write issues:write =title:line! =body:text =labels:names =assignees:names =milestone:integer
issues/update             PATCH /issues/{id}             write issues:write =title:line =body:text =state:word =state_reason:word =labels:names =assignees:names
issues/list-comments      GET /issues/{id}/comments      read  issues:read ?since:time
issues/create-comment     POST /issues/{id}/comments     write issues:write =body:text!
issues/delete-comment     DELETE /issues/comments/{id}   delete issues:write
issues/add-labels         POST /issues/{id}/labels       write issues:write =labels:names!
actions/list-workflow-runs-for-repo GET /actions/runs    read  actions:read ?branch:ref ?status:word ?event:word
actions/get-workflow-run  GET /actions/runs/{id}         read  actions:read
actions/list-repo-workflows GET /actions/workflows       read  actions:read
actions/create-workflow-dispatch POST /actions/workflows/{name}/dispatches write,execute actions:write =ref:ref! =inputs:inputs
actions/re-run-workflow   POST /actions/runs/{id}/rerun  write,execute actions:write =enable_debug_logging:boolean
actions/cancel-workflow-run POST /actions/runs/{id}/cancel write actions:write
actions/delete-workflow-run DELETE /actions/runs/{id}    delete actions:write
repos/list-releases       GET /releases                  read  contents:read
repos/get-release         GET /releases/{id}             read  contents:read
repos/create-release      POST /releases                 write contents:write =tag_name:ref! =target_commitish:ref =name:line =body:text =draft:boolean =prerelease:boolean
repos/update-release      PATCH /releases/{id}           write contents:write =tag_name:ref =target_commitish:ref =name:line =body:text =draft:boolean =prerelease:boolean
repos/delete-release      DELETE /releases/{id}          delete contents:write
repos/list-deployments    GET /deployments               read  deployments:read ?ref:ref ?environment:name
repos/create-deployment   POST /deployments              write,execute deployments:write =ref:ref! =environment:name =description:line =auto_merge:boolean =required_contexts:names
actions/list-repo-secrets GET /actions/secrets           secret secrets:read
actions/create-or-update-repo-secret PUT /actions/secrets/{name} delete,admin,secret secrets:write =encrypted_value:base64! =key_id:name!
actions/delete-repo-secret DELETE /actions/secrets/{name} delete,admin,secret secrets:write
`

/** Known, and never allowed: they ask for the administration of the repository or its hooks, which nobody is given. */
const CLOSED = `
repos/update              PATCH /                        admin administration:write
repos/delete              DELETE /                       delete,admin administration:write
repos/transfer            POST /transfer                 admin administration:write
repos/list-deploy-keys    GET /keys                      read  administration:read
repos/create-deploy-key   POST /keys                     admin administration:write
repos/delete-deploy-key   DELETE /keys/{id}              delete,admin administration:write
repos/list-webhooks       GET /hooks                     secret repository_hooks:read
repos/create-webhook      POST /hooks                    admin repository_hooks:write
repos/delete-webhook      DELETE /hooks/{id}             delete,admin repository_hooks:write
repos/add-collaborator    PUT /collaborators/{name}      admin administration:write
repos/remove-collaborator DELETE /collaborators/{name}   admin administration:write
repos/update-branch-protection PUT /branches/{ref}/protection admin administration:write
repos/delete-branch-protection DELETE /branches/{ref}/protection delete,admin administration:write
repos/create-repo-ruleset POST /rulesets                 admin administration:write
`

export const ENTRIES: readonly Entry[] = readTable(OPEN)
export const CLOSED_ENTRIES: readonly Entry[] = readTable(CLOSED)

const byName = new Map(ENTRIES.map((entry) => [entry.name, entry]))
export const entryOf = (name: string): Entry | undefined => byName.get(name)
