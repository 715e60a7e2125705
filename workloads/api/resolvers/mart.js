// A field of Query: the rows of the mart that has its name. The function checks the arguments.
import { util } from '@aws-appsync/utils';

export function request(ctx) {
  const { fieldName, parentTypeName } = ctx.info;
  return { operation: 'Invoke', payload: { info: { fieldName, parentTypeName }, arguments: ctx.args } };
}

export function response(ctx) {
  if (ctx.error) {
    // What went wrong inside is for the log, not for the caller.
    console.error(ctx.error.type, ctx.error.message);
    util.error('The data could not be read.', 'Unavailable');
  }
  if (ctx.result.errors) {
    util.error(ctx.result.errors.join(' '), ctx.result.type);
  }
  return ctx.result.items;
}
