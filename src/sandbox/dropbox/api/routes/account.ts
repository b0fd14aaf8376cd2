import type { Account } from '../../model/account';
import { noArgs } from '../args';
import { defineRoute, type Route } from '../call';
import type { Json } from '../metadata';

/** RootInfo: `home_path` only where the home is a folder of a team space. */
export function rootInfo({ record }: Account): Json {
  const team = record.homePath !== null;
  return {
    '.tag': team ? 'team' : 'user',
    root_namespace_id: record.rootNs,
    home_namespace_id: record.homeNs,
    ...(team ? { home_path: record.homePath } : {}),
  };
}

function fullAccount(account: Account): Json {
  const { id, email, name, type } = account.record;
  const [given = name, surname = ''] = name.split(' ');
  return {
    account_id: id,
    name: {
      given_name: given,
      surname,
      familiar_name: given,
      display_name: name,
      abbreviated_name: `${given.slice(0, 1)}${surname.slice(0, 1)}`,
    },
    email,
    email_verified: true,
    disabled: false,
    locale: 'en',
    referral_link: 'https://example.invalid/referral',
    is_paired: false,
    account_type: { '.tag': type },
    root_info: rootInfo(account),
    country: 'US',
  };
}

export const accountRoutes: Record<string, Route> = {
  'users/get_current_account': defineRoute({
    scope: 'account_info.read',
    args: noArgs,
    run: (call) => fullAccount(call.view.account),
  }),
  'users/get_space_usage': defineRoute({
    scope: 'account_info.read',
    args: noArgs,
    run: ({ view: { account } }) => ({
      used: account.used,
      allocation: { '.tag': 'individual', allocated: account.record.quota ?? 2_199_023_255_552 },
    }),
  }),
  'auth/token/revoke': defineRoute({
    scope: null,
    args: noArgs,
    run: (call) => {
      call.service.commit([{ t: 'revoke', token: call.token.refresh ?? call.token.token }]);
      return null;
    },
  }),
};
